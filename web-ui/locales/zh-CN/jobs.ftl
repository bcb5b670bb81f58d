# 自己的作业。

jobs-heading = 您的作业
jobs-lead = 作业属于签署它的密钥。只有用这把密钥才能取回结果。
jobs-new = 提交作业
jobs-line = 使用命令行
