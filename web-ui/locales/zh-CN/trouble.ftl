# 为何不成功。

trouble-unreachable = 服务器没有响应。本页会继续重试。
trouble-busy = 服务器请您稍候。本页会继续重试。
trouble-not-found = 这里没有该项，或它属于另一把密钥。
trouble-not-approved = 本服务器不允许这把密钥提交或读取。请联系管理员批准该密钥。
trouble-refused = 服务器拒绝了此请求。
trouble-not-understood = 无法理解服务器的回答。
trouble-other-ledger = 本服务器的账本与以前不同。
trouble-tampered = 服务器给出的内容与签名不符，一概不采用。
trouble-no-key = 此浏览器还没有提交者密钥。
trouble-key = 无法使用该密钥。
trouble-program = 无法使用该程序。
trouble-no-program = 请先选择程序。
trouble-no-input = 请选择输入。
trouble-split = 输入无法这样拆分成任务。
trouble-args = 缺少参数，或参数不是该程序所接受的。
trouble-limits = 某项限制或随机种子的值不被允许。
trouble-job = 此作业会违反规则。
trouble-input-changed = 输入已无法读取，或已改变。请重新选择。
trouble-guest = 程序未能正常结束。
trouble-stopped = 已停止。
trouble-browser = 此浏览器目前无法做到。请关闭其他标签页，或允许本站使用脚本和 WebAssembly。
