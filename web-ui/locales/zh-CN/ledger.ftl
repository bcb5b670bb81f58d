# 账本：最新头、区块、条目、检查。

ledger-heading = 账本
ledger-lead = 每个作业和每张计入的选票，都在一份只增不减的日志里。此页所说的“已检查”都是在本浏览器中检查的，而不是由服务器检查。
ledger-loading = 正在读取并检查账本…
ledger-unreachable = 目前无法读取账本。本页会继续重试。
ledger-not-found = 账本中没有该项，或者还没有。
ledger-number = { $number }
ledger-entry = 条目 { $index }
ledger-block = 区块 { $height }
ledger-entries-count = { $count } 个条目

## 最新头

ledger-head = 最新头
ledger-size = 条目数
ledger-size-what = 整份日志
ledger-age = 最新头的时间
ledger-age-what = 存储节点至少每分钟重新签署一次
ledger-age-seconds = { $count } 秒前
ledger-age-minutes = { $count } 分钟前
ledger-age-hours = { $count } 小时前
ledger-age-days = { $count } 天前
ledger-cosigned = 签署者
ledger-quorum = { $members } 个存储节点中须有 { $threshold } 个签署
ledger-stale = 这个头已经旧了，此处看不到之后的内容。
ledger-head-checked = 已在此检查：日志的密钥和足够多的存储节点签署了这个头。
ledger-first-visit = 这是本浏览器首次看到的头：它会保存这个头以及谁的签名算数，以便今后比较。
ledger-extends = 它延续了本浏览器在 { $at } 保存的 { $count } 个条目。
ledger-name = 账本名称
ledger-root = 根哈希

## 问题

ledger-other = 这是另一份账本
ledger-other-what = 此前本站提供的是另一份账本。这本身并不表示被篡改，但您以前看到的内容都不在这份账本里。在您决定之前，不显示它的任何内容。
ledger-other-kept = 此前
ledger-other-found = 现在
ledger-other-follow = 改用新账本
ledger-broken = 未被接受
ledger-broken-what = 服务器给出的内容违反了账本的规则，一概不采用。请重新加载页面；如果仍然如此，请告知运营者，或从另一个存储节点读取账本。

## 区块

ledger-blocks = 区块
ledger-height = 区块
ledger-time = 时间
ledger-entries = 条目
ledger-header-hash = 区块头哈希
ledger-here = 在此检查
ledger-in-log = 在日志中
ledger-waits = 等待足够多的存储节点
ledger-pages = 区块分页
ledger-newest = 最新区块
ledger-older = 更早的区块
ledger-all-blocks = 全部区块
ledger-block-before = 上一区块
ledger-block-after = 下一区块
ledger-neighbours = 相邻
ledger-block-checked = 已在此检查：领导者签署了这个区块，它在最新头所覆盖的日志中，而且这些就是它的全部条目。
ledger-block-waits = 等待足够多的存储节点：领导者已签署这个区块，但最新头尚未覆盖它。
ledger-header = 区块头
ledger-index = 序号

## 查找

ledger-search = 查找
ledger-search-label = 条目序号、区块高度、作业编号、志愿者密钥、程序或区块的哈希
ledger-search-look = 查找
ledger-search-what = 请输入一个数字，或 64 位十六进制数。
ledger-searching = 正在查找…
ledger-found-job = 是一个作业，以下条目提到它：
ledger-found-node = 是一名志愿者，以下条目提到它：
ledger-found-module = 是一个程序模块，以下条目提到它：
ledger-found-block = 是一个区块：
ledger-found-nothing = 账本中没有以此为名的内容。输入和输出不可查找。
ledger-found-more = 这里是最新的 { $count } 条；还有更多。
ledger-job-page = 作业页面

## 一个条目

ledger-entry-before = 上一条目
ledger-entry-after = 下一条目
ledger-check = 检查此条目
ledger-entry-waits = 等待足够多的存储节点：还没有已签署的头覆盖此条目。检查会自动开始。
ledger-check-again = 再次检查此条目
ledger-checking = 正在检查…
ledger-check-good = 每一步都成立：此条目在账本中。
ledger-check-bad = 未被接受：有一步不成立。
ledger-step-waiting = 等待中
ledger-step-running = 正在检查
ledger-step-good = 成立
ledger-step-bad = 不成立
ledger-step-skipped = 未检查
ledger-rule = 违反的规则：
ledger-step-form = 这些字节是本账本的条目
ledger-step-path = 一条哈希路径通向日志的根
ledger-step-log = 日志的密钥签署了这个根
ledger-step-quorum = 足够多的存储节点签署了它
ledger-step-growth = 日志延续了本浏览器所保存的内容
ledger-found-form = 采用唯一允许的形式；其中所列密钥的签名有效。
ledger-found-path = { $count ->
    [0] 这个条目就是 { $size } 个条目的整份日志。
   *[other] { $count } 个哈希，通向 { $size } 个条目的根。
}
ledger-found-log = 由本浏览器固定的策略所列的密钥签署。
ledger-found-quorum = { $names } 已签署；须有 { $threshold } 个。
ledger-found-growth = 从上次访问时的 { $before } 个条目到现在的 { $size } 个，没有任何改写。
ledger-path-hashes = 各个哈希
ledger-bytes = 字节
ledger-leaf-hash = 在此算出的叶哈希：

## 局限

ledger-limits = 它能证明什么，不能证明什么
ledger-limits-proves = 它证明签署了什么，以及此后没有被改写。
ledger-limits-people = 它不能证明许多密钥就是许多人。领导者可以制造密钥并用来投票、略去选票，或偏袒某些志愿者。
ledger-limits-right = 它不能证明答案正确，只能证明多数入选志愿者签署了它。
ledger-limits-guess = 输入和输出不在账本中，但它们的哈希在：可能取值很少的内容可以被猜出。
ledger-limits-pinned = 首次访问时，谁的签名算数只能听凭服务器。请与您信任的人或命令行比对名称和根哈希。

## 证明包

bundle-heading = 检查证明包
bundle-what = 证明包无需任何服务器就能表明作业的哪些结果算数。它只在此处读取，不会发送给任何人。
bundle-drop = 把文件拖到这里，或选择文件：
bundle-checking = 正在检查 { $name }…
bundle-too-large = 这个文件对网页来说太大。请用命令行检查。
bundle-unreadable = 无法读取文件。请重新选择。
bundle-unpinned = 本浏览器还没有固定任何策略，因此不知道谁的签名算数。请在能连接服务器时打开一次此页，然后再放入文件。
bundle-of = { $name }
bundle-good = 每一步都成立：证明包证明了这些结果。
bundle-step-text = 文件是一个证明包
bundle-step-certificate = 它的头由日志和足够多的存储节点签署
bundle-step-records = 每条记录都在日志中
bundle-step-rules = 每个作业、选票和决定都符合规则
bundle-cosigned = 由 { $names } 签署，依据本浏览器固定的策略。
bundle-in-log = 在 { $size } 个条目的日志中。
bundle-tasks = { $count } 个任务中已决定 { $decided } 个，其中 { $failed } 个没有答案
bundle-extent = 范围
bundle-partial = 部分：有些任务不在其中
bundle-whole = 完整：每个任务都在其中
bundle-ended = 作业结束
bundle-as-of = 截至
bundle-voids = 不再计入
bundle-void = 任务 { $task } 的证书：

## 警报

alarm-title = 警报
alarm-heading-fork = 账本被改写
alarm-heading-rollback = 账本丢失了条目
alarm-fork = 本浏览器保存了这份账本的一个已签署的头。服务器现在显示的内容并不延续它：过去变成了另一个样子。
alarm-rollback = 本浏览器保存了这份账本的一个已签署的头。服务器现在显示的内容更短：原有的条目不见了。
alarm-means = 诚实的账本只增不减。两个头都由日志自己的密钥签署，合在一起就证明它违背了承诺。在查清之前，本站所显示的账本内容都不可信。
alarm-save = 保存证据
alarm-do = 该怎么做
alarm-do-save = 保存证据：一个包含两个头及其签名的文件。
alarm-do-tell = 把它发给存储节点的运营者和其他读取这份账本的人。任何人都能检查。
alarm-do-stop = 在此期间不要依赖本站的结果、积分或封禁。
alarm-evidence = 两个头
alarm-kept = 此前保存的
alarm-found = 后来出现的
alarm-seen = 发现于 { $at }。
alarm-go-on = 查清之后
alarm-again-what = 所保存的头不变。如果服务器的账本重新延续它，页面就会恢复；否则警报会再次出现。
alarm-again = 重新比较
alarm-forget-summary = 以服务器现在显示的内容重新开始
alarm-forget-what = 本浏览器会忘掉所保存的内容，把服务器的账本当作首次看到。请先保存证据。
alarm-forget = 忘掉并重新开始
