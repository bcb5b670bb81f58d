# 提交作业。

submit-title = 提交
submit-heading = 提交作业
submit-lead = 由您自己的机器拆分输入、验证每一张选票并合并结果。需要多少名志愿者意见一致，由您决定。
submit-line = 使用命令行
submit-line-how = 不用浏览器提交同一作业。粘贴的文本请先存为 input.txt。

## 程序

submit-program = 程序
submit-program-published = 已发布的程序
submit-program-choose = 请选择…
submit-program-loading = 正在读取程序列表…
submit-program-upload = 或您自己的模块
submit-program-upload-what = 面向 WASI preview 1 的 .wasm 文件；清单若是单独的文件（.json），请一并选择。在本地立即检查。
submit-module-size = 运行时大小
submit-module-hash = 运行时 SHA-256
submit-module-imports = 导入
submit-module-no-imports = 无
submit-module-reduce = 结果
submit-module-licence = 许可证
submit-module-source = 源代码
submit-module-accepted = 已检查：只能计算，别无其他。没有网络、文件和时钟。
submit-module-plain = 它没有清单，因此视为普通工具：读标准输入，写标准输出。
submit-upload-size = 上传时大小
submit-upload-hash = 上传时 SHA-256
submit-upload-changed = 为使各引擎给出相同的字节和燃料，已作如下修改：
submit-upload-metered = 它会计量所执行的指令数，即燃料
submit-upload-canonical = { $count } 处浮点运算在各处给出相同的 NaN
submit-upload-frames = { $count } 个函数共用一个栈预算
submit-upload-grows = { $count } 处内存增长受作业上限约束
submit-upload-dropped = 已去掉 { $size } 的名称和调试信息
submit-upload-may-fail = 运行时，以下情况可能与它的预期不同：
submit-caveat-unsupported = { $functions }：一律回答“不支持”（52）。
submit-caveat-files = 打开文件：除 /common 外没有文件，且仅在作业有公共文件时存在。
submit-caveat-clock = 时间：每看一次时钟前进一微秒，休眠立即返回。
submit-caveat-random = 随机数：同一任务的每位志愿者得到的都相同。
submit-caveat-recursion = 递归：最多 4,096 层调用，局部变量多时更少。
submit-caveat-growth = 内存：超过 { $mib } MiB 的增长会被拒绝。
submit-caveat-initial = 每个任务：它一开始就需要 { $mib } MiB 内存，而上限是 { $limit } MiB。
submit-reduce-none = 所有任务的输出依次相接
submit-reduce-final = 最后在本浏览器中由全部输出合成
submit-reduce-associative = 随输出到达在本浏览器中逐步合成

## 输入

submit-input = 输入
submit-input-kind = 输入的种类
submit-input-files = 文件
submit-input-text = 文本
submit-input-range = 数字范围
submit-input-example = 使用程序自带的例子
submit-input-text-label = 文本
submit-files = 文件
submit-files-more = 以及另外 { $count } 个
submit-split = 拆分方式
submit-split-what = 例如 lines:64KiB。留空即用程序默认。
submit-split-takes = 程序接受：
submit-range-start = 从
submit-range-end = 到（不含）
submit-range-chunk = 每个任务的数字个数
submit-common = 每个任务都能读取的文件
submit-common-label = 公共文件
submit-common-what = 程序以 /common 读取它。

## 拆分结果

submit-preview = 任务
submit-preview-working = 正在查看输入…
submit-preview-progress = 正在拆分并计算哈希：{ $done } / { $total }
submit-preview-tasks = { $count } 个任务
submit-preview-bytes = 共 { $total }，最长 { $longest }

## 参数与限制

submit-args = 参数
submit-args-plain = 每行一个参数，原样传入
submit-args-choose = 请选择…
submit-args-default = { $value }（默认）
submit-limits = 每个任务的限制与随机种子
submit-limits-what = 留空即用程序默认。
submit-limit-memory = 内存，例如 256MiB
submit-limit-output = 输出，例如 16MiB
submit-limit-wall = 秒数
submit-limit-fuel = 燃料，例如 2e9
submit-seed = 随机数种子

## 可信

submit-trust = 可信等级
submit-trust-how-many = 每个任务由多少名志愿者计算
submit-trust-level = { $k } 名志愿者，其中 { $m } 名须签署相同的字节
submit-trust-odds = 若每 100 名志愿者中有 { $percent } 名串通作弊，约每 { $tasks } 个任务有 1 个出错。
submit-trust-least = 至少三名：若只有两名且意见不同，无人能断定谁对。
submit-trust-assumes = 此说的前提
submit-trust-assumption = 假定所有作弊者给出同一个错误答案，且志愿者随机抽取。单独作弊者几乎总会被否决。所数的是密钥：服务器保证同一网络在一个任务中只占一席，但账本无法证明密钥就是不同的人。
submit-trust-cheats = 作弊者
submit-trust-percent = { $percent } %
submit-trust-one-in = { $tasks } 个中 1 个
submit-trust-formula = 公式：

## 提交

submit-about = 关于作业
submit-job-title = 标题
submit-job-title-what = 志愿者会看到。纯文本。
submit-who = 谁能看到什么
submit-who-sees = 输入和任务的输出会被计算它们的志愿者和本服务器看到；没有您的密钥，别人看不到。最终结果只在本浏览器中合成。
submit-who-understood = 我明白
submit-key = 您的密钥
submit-key-what = 它签署您的作业；只有用它才能取回结果。
submit-key-looking = 正在查找密钥…
submit-key-make = 生成密钥
submit-key-name = 密钥
submit-key-kept = 保存方式
submit-key-in-webcrypto = 由本浏览器保存，任何脚本都无法读出
submit-key-wrapped = 加密后由本浏览器保存
submit-key-in-memory = 仅在本页打开期间有效：此浏览器不保存任何内容
submit-key-save-now = 请现在就存为文件：以后任何人都无法再读出，包括您自己。有了此文件，在任何浏览器和命令行中都能打开您的作业。
submit-key-save = 保存密钥文件
submit-key-safe = 我已保存
submit-key-load = 使用密钥文件
submit-try = 先在这里运行一个任务
submit-try-what = 任务 0 在本浏览器中运行，沙箱与志愿者所用的相同。不发送任何内容。
submit-try-run = 在此运行任务 0
submit-try-stop = 停止
submit-try-runs = 正在运行…
submit-try-ended = { $how }，用时 { $seconds } 秒，{ $instructions }，内存 { $mib } MiB。
submit-try-output = 输出的开头
submit-try-no-output = 没有输出。
submit-try-stderr = 写到标准错误的内容
submit-post = 提交
submit-no-volunteers = 目前没有志愿者连接。作业会等到有人到来。
submit-volunteers = 目前已连接 { $count } 名志愿者。
submit-post-tasks =
    { $count ->
        [0] 提交
       *[other] 提交 { $count } 个任务
    }
submit-lacks-input = 请先选择程序和输入。
submit-lacks-consent = 请确认您明白谁能看到什么。
submit-lacks-key = 请先生成密钥并保存其文件。
submit-uploading = 正在上传：{ $done } / { $total }
