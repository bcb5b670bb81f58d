# 协调服务器目前在做什么。

status-heading = 服务器状态
status-lead = 这些数字对所有人公开。您查看时每两秒更新一次。
status-loading = 正在读取状态…
status-unreachable = 服务器没有响应。本页会继续重试。
status-stale = 服务器没有响应。所见内容取自 { $at }；本页会继续重试。
status-now = 现在
status-volunteers = 志愿者
status-computing = { $computing } 名计算中 · { $slots } 个任务位
status-networks = 网络
status-networks-why = 每个网络在一个任务中只占一席
status-open-jobs = 进行中的作业
status-open-jobs-what = 已提交、尚未完成
status-tasks = 进行中作业的任务
status-no-jobs = 目前没有进行中的作业。
status-why-waiting = 作业为何等待
status-about = 关于本服务器
status-ledger = 账本
status-leader-key = 领导者密钥
status-version = 版本
status-submitters = 谁可以提交作业
status-submitters-open = 本机上的任何人
status-submitters-approved = 持有令牌或已获批准密钥的人
