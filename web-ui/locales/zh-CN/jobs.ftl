# 自己的作业。

jobs-heading = 您的作业
jobs-lead = 作业属于签署它的密钥。只有用这把密钥才能取回结果。
jobs-new = 提交作业
jobs-line = 使用命令行
jobs-loading = 正在读取您的作业…
jobs-no-key = 此浏览器还没有提交者密钥。请提交作业，或在下方载入密钥文件：您的全部作业都会回来。
jobs-none = 这把密钥还没有提交过作业。
jobs-truncated = 只显示最新的 { $count } 个作业；还有更多，可用命令行列出全部。
