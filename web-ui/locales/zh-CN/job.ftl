# 一个作业。

job-heading = 作业 { $id }
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
job-waiting-quorum = 等待存储节点达到法定数量：保存好的节点还不够。
job-waiting-draining = 服务器正在停止；恢复后作业会继续。

## 页面

job-lead = 由本浏览器检查一切并合并结果：每个签名、每次多数表决、每个哈希值。
job-loading = 正在读取作业…
job-other-key = 此作业由另一把密钥提交
job-other-key-what = 结果就在这里，但只有签署该作业的密钥才能取回。若是您的，请载入其文件。
job-progress = 进度
job-stale = 所见为 { $at } 的情况。{ $seconds } 秒后重试。
job-retry = 立即重试
job-announced = { $percent } % 的任务已有定论。
job-is-uploading = 上传中
job-is-running = 计算中
job-is-complete = 已完成
job-is-cancelled = 已取消
job-is-expired = 已过期
job-is-stopped = 被管理员停止
job-share = 请分享此链接；打开的人可按“开始”：
job-program = 程序
job-tasks = 任务
job-trust = 每个任务的志愿者数
job-posted-at = 提交时间
job-ended-at = 结束时间
job-kept-until = 输出保留至
job-left = 剩余时间
job-left-range = { $from } 至 { $to } 秒
job-left-unknown = 数据尚不足
job-id = 作业

## 已验证的内容

job-checked = 在本浏览器中验证
job-checked-nothing = 尚无定论。
job-checked-tasks = { $count } 个任务中已验证 { $good } 个
job-checked-means = “已验证”是指：每个任务至少有 { $least } 把不同的密钥签署了相同的字节，超过入选者的半数。共有 { $keys } 把不同的密钥参与。
job-checked-votes = { $votes } 张选票连同签名，其中 { $outvoted } 张被否决
job-checked-not-good = { $count } 个任务的一致答案不是输出：程序未能正常结束
job-checked-failed = { $count } 个任务没有答案
job-checked-one-network = { $count } 个任务中同一网络占了两席（服务器自己声明）
job-checked-unproven = { $count } 个任务由尚未证明可靠的志愿者决定（服务器自己声明）
job-checked-not = 这并不表示答案在数学上正确，也不表示不同的密钥就是不同的人。
job-broken = 未通过验证：规则被违反
job-broken-what = 服务器给出了与签名不符的内容。此作业的一切都不算已验证，也没有结果。请告知其管理员，并保留以下内容：

## 结果

job-result = 结果
job-result-where = 在本浏览器中合并。服务器从不拥有它。
job-result-folded = { $count } 个任务中已合并 { $folded } 个。
job-result-folding = 正在合并输出…
job-result-incomplete = { $missing } 个任务没有输出；第一个是任务 { $first }：
job-result-partial = 合并现有的部分
job-result-verified = 已验证并合并。
job-result-missing = 结果不完整：缺少 { $missing } 个任务。
job-result-download = 下载
job-preview-none = 此类结果不在此显示。请下载。
job-preview-image = 图像形式的结果
job-preview-loading = 正在读取结果…
job-preview-cut = 只显示开头。其余请下载。
job-preview-table = 结果的开头
job-preview-rows = 只显示前 { $count } 行。其余请下载。

## 任务与选票

job-task = 任务
job-task-state = 状态
job-task-seats = 席位
job-task-outcome = 答案
job-task-agree = { $chosen } 席中 { $agree } 席一致
job-task-details = 任务 { $task } · { $state }
job-tasks-loading = 正在读取任务…
job-tasks-none = 没有这样的任务。
job-tasks-failed-only = 只看没有正常答案的任务
job-tasks-first = 回到开头
job-tasks-next = 下一页
job-seat = 轮次 · 席位
job-seat-verdict = 裁决
job-seat-agrees = 一致
job-seat-outvoted = 被否决
job-seat-secret = 已投票；裁决后显示
job-seat-computing = 计算中
job-seats-none = 还没有人占席。
job-log-of = 程序在 { $node } 写到标准错误的内容
job-log-unverified = 写到标准错误的内容来自志愿者，未经任何人验证。
job-dissent = 谁有异议
job-dissent-what = 这些选票有签名，在此检查过，未被采纳。答案相同则哈希相同。
job-dissent-who = 谁
job-dissent-said = 所投
job-dissent-accepted = 被采纳
job-dissent-nobody = 没有多数
job-dissent-more = 共 { $count } 张，显示 { $listed } 张。
job-outcome-ok = 正常结束
job-outcome-exit = 以退出码 { $code } 结束
job-outcome-trap = 异常终止
job-outcome-fuel = 燃料耗尽：上限为 { $limit }
job-outcome-output = 输出过多
job-outcome-memory = 所需内存过多

## 可以做什么

job-acts = 您可以
job-duplicate = 复制并修改
job-cancel = 取消…
job-cancel-question = 取消此作业？
job-cancel-kept = 不再开始新任务。已接受的保留：其输出仍可验证，并可合并为不完整的结果。
job-cancel-yes = 取消作业
job-cancel-no = 让它继续
