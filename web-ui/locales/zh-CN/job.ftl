# 一个作业。

job-heading = 作业 { $id }
job-lead = 结果在提交者自己的机器上检查并合并：每个签名、每次多数表决、每个哈希值。
job-line = 用命令行取回结果

## 任务的状态

job-state-stored = 已入账
job-state-accepted = 已接受
job-state-voted = 已投票
job-state-running = 计算中
job-state-waiting = 等待中
job-state-failed = 失败

## 作业为何等待

job-waiting-inputs = 等待上传 { $missing } 个输入。
job-waiting-volunteers = 等待志愿者：可接此作业的已连接 { $eligible } 名，至少需要 { $needed } 名才能开始。
job-waiting-one-more = 已有 { $trust } 名中的 { $eligible } 名志愿者在计算：若首批结果不一致，还需要一名。
job-waiting-networks = 等待其他网络的志愿者：已连接 { $networks } 个网络，需要 { $needed } 个。
job-waiting-proven = 等待可靠的志愿者：已连接 { $proven } 名，需要 { $needed } 名。
job-waiting-busy = 等待空闲的志愿者：目前都在忙。
job-waiting-draining = 服务器正在停止；恢复后作业会继续。
