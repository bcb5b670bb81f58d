# 提交作业。

submit-title = 提交
submit-heading = 提交作业
submit-lead = 由您自己的机器拆分输入、验证每一张选票并合并结果。需要多少名志愿者意见一致，由您决定。
submit-line = 使用命令行
submit-line-how = 统计一个文件的词频：每个任务选三名志愿者，其中两名必须一致。
