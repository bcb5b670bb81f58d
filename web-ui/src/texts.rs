//! What the page says, in English and Simplified Chinese. One struct, so that no language can lack a sentence.

use shared::api::jobs::WaitingReason;

/// The languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    Chinese,
}

/// All sentences of one language.
#[derive(Debug, PartialEq)]
pub(crate) struct Texts {
    pub(crate) tag: &'static str,
    pub(crate) other: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) loading: &'static str,
    pub(crate) offline: &'static str,
    pub(crate) now: &'static str,
    pub(crate) volunteers: &'static str,
    pub(crate) computing: &'static str,
    pub(crate) slots: &'static str,
    pub(crate) networks: &'static str,
    pub(crate) open_jobs: &'static str,
    pub(crate) tasks: &'static str,
    pub(crate) no_jobs: &'static str,
    pub(crate) waiting: &'static str,
    pub(crate) running: &'static str,
    pub(crate) voted: &'static str,
    pub(crate) accepted: &'static str,
    pub(crate) failed: &'static str,
    pub(crate) why_waiting: &'static str,
    pub(crate) take_part: &'static str,
    pub(crate) volunteer_how: &'static str,
    pub(crate) submit_how: &'static str,
    pub(crate) who_sees: &'static str,
    pub(crate) ledger: &'static str,
    pub(crate) leader_key: &'static str,
    pub(crate) version: &'static str,
    pub(crate) api: &'static str,
}

const ENGLISH: Texts = Texts {
    tag: "en",
    other: "中文",
    lead: "Many volunteers compute each task. An answer counts only when more than half of the chosen ones signed the same bytes.",
    loading: "Loading the status…",
    offline: "The coordinator does not answer. What you see may be old; this page keeps trying.",
    now: "Now",
    volunteers: "Volunteers",
    computing: "computing",
    slots: "slots",
    networks: "Networks",
    open_jobs: "Open jobs",
    tasks: "Tasks of open jobs",
    no_jobs: "No job is open. Post one with the line below.",
    waiting: "waiting",
    running: "running",
    voted: "voted",
    accepted: "accepted",
    failed: "failed",
    why_waiting: "Why jobs wait",
    take_part: "Take part",
    volunteer_how: "Lend cores of this machine. Nothing runs before you start it; Ctrl-C stops it at once.",
    submit_how: "Post a job. Your own machine splits the input, verifies every vote and folds the result.",
    who_sees: "Inputs and partial results are seen by the volunteers that compute them and by this server. The final result exists only on the submitter's machine.",
    ledger: "Ledger",
    leader_key: "Leader key",
    version: "Version",
    api: "API documentation",
};

const CHINESE: Texts = Texts {
    tag: "zh-CN",
    other: "English",
    lead: "每个任务由多名志愿者分别计算。只有超过半数的入选志愿者签署了相同的字节，结果才算数。",
    loading: "正在读取状态…",
    offline: "协调服务器没有响应。所见内容可能已过时；本页会继续重试。",
    now: "现在",
    volunteers: "志愿者",
    computing: "计算中",
    slots: "个任务位",
    networks: "网络",
    open_jobs: "进行中的作业",
    tasks: "进行中作业的任务",
    no_jobs: "目前没有作业。可用下面的命令提交一个。",
    waiting: "等待中",
    running: "计算中",
    voted: "已投票",
    accepted: "已接受",
    failed: "失败",
    why_waiting: "作业为何等待",
    take_part: "参与",
    volunteer_how: "贡献本机的处理器核心。启动之前什么都不会运行；按 Ctrl-C 立即停止。",
    submit_how: "提交作业。由您自己的机器拆分输入、验证每一张选票并合并结果。",
    who_sees: "输入和部分结果会被计算它们的志愿者和本服务器看到。最终结果只存在于提交者的机器上。",
    ledger: "账本",
    leader_key: "领导者密钥",
    version: "版本",
    api: "API 文档",
};

impl Language {
    /// The browser's first choice.
    pub(crate) fn of_browser() -> Self {
        let language = web_sys::window().and_then(|window| window.navigator().language());
        let is_chinese = language.is_some_and(|tag| tag.starts_with("zh"));
        if is_chinese {
            Self::Chinese
        } else {
            Self::English
        }
    }

    pub(crate) fn other(self) -> Self {
        match self {
            Self::English => Self::Chinese,
            Self::Chinese => Self::English,
        }
    }

    pub(crate) fn texts(self) -> &'static Texts {
        match self {
            Self::English => &ENGLISH,
            Self::Chinese => &CHINESE,
        }
    }

    /// Why a job waits, in a sentence.
    pub(crate) fn waiting(self, reason: &WaitingReason) -> String {
        match self {
            Self::English => reason.to_string(),
            Self::Chinese => match reason {
                WaitingReason::Inputs { missing } => format!("等待上传 {missing} 个输入"),
                WaitingReason::TooFewVolunteers { eligible, needed } => {
                    format!("等待志愿者：已连接 {eligible} 名可用志愿者，至少需要 {needed} 名")
                }
                WaitingReason::OneMoreIfDisagree { eligible, trust } => {
                    format!(
                        "已有 {eligible} 名志愿者（可信等级 {trust}）：若首批结果不一致，还需要一名"
                    )
                }
                WaitingReason::TooFewNetworks { networks, needed } => {
                    format!("等待其他网络的志愿者：已连接 {networks} 个网络，需要 {needed} 个")
                }
                WaitingReason::TooFewProven { proven, needed } => {
                    format!("等待可靠的志愿者：已连接 {proven} 名，需要 {needed} 名")
                }
                WaitingReason::AllBusy => "等待空闲的志愿者：目前都在忙".to_owned(),
                WaitingReason::Draining => "协调服务器正在停止；恢复后作业会继续".to_owned(),
            },
        }
    }
}
