# 重新运行作业中失败的任务。

again-heading = 重新运行
again-parent = 本作业重新运行另一个作业的任务，其答案计入该作业的结果：作业
again-jobs = 下列作业重新运行本作业的任务。其中正确的答案计入本作业，以最新的为准。
again-done = { $count } 个任务中已接受 { $accepted } 个
again-running = 失败的任务正在重新运行。
again-failed = { $count } 个任务没有输出。可以为它们设置其他限制；作业的其余部分保持不变。
again-lack-memory = { $count } 个任务需要更多：请提高。
again-lack-output = { $count } 个任务写出了更多：请提高。
again-lack-wall = 有 { $count } 个任务，太多志愿者无法运行。通常是因为耗时超过此限制：请提高。
again-lack-fuel = { $count } 个任务已将其耗尽：请提高。
again-lack-other = { $count } 个任务以其他方式结束：陷阱、退出码或没有多数。限制对它们帮助不大。
again-post = 用这些限制重新运行失败的任务
again-posting = 正在提交…
