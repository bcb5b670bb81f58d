# 贡献处理器核心。

volunteer-title = 志愿计算
volunteer-heading = 贡献闲置的算力。您启动之前，什么都不会运行。
volunteer-lead = 每个任务由多名志愿者分别计算。只有超过半数的入选志愿者签署了相同的字节，结果才算数。
volunteer-server = 在服务器上
volunteer-server-how = 贡献一台没有屏幕的机器的处理器核心。启动之前什么都不会运行；按 Ctrl-C 立即停止。
