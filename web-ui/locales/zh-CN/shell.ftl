# 所有页面共有的部分。

shell-skip = 跳到正文
shell-nav = 页面
shell-nav-volunteer = 志愿计算
shell-nav-jobs = 作业
shell-nav-submit = 提交
shell-nav-ledger = 账本
shell-nav-status = 状态
shell-pill-label = 本浏览器的计算状态：
shell-pill-off = 已关闭
shell-pill-computing = { $count } 个任务
shell-pill-finishing = 即将停止
shell-pill-paused = 已暂停
shell-pill-distributing = 自己的作业打开中
shell-pill-connecting = 正在连接
shell-pill-waiting = 等待工作
shell-theme = 配色
shell-theme-system = 跟随系统
shell-theme-light = 浅色
shell-theme-dark = 深色
shell-who-sees = 谁能看到什么。
shell-who-sees-what = 输入和部分结果会被计算它们的志愿者和本服务器看到。最终结果只存在于提交者合并它的地方。
shell-version = Manyhands { $version }
shell-api-docs = API 文档
shell-footer-status = 服务器状态
shell-not-found = 没有这个页面
shell-not-found-why = 地址可能不完整，或者页面已经移走。
shell-not-found-home = 回到首页

shell-bytes = { $bytes } 字节

## 燃料

fuel-small = { $count } 条指令
fuel-medium = { $count } 万条指令
fuel-large = { $count } 亿条指令
