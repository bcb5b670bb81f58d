//! The votes that an entry lists.

use super::found_link;
use crate::components::outcome::outcome_words;
use crate::texts::{Texts, use_texts};
use shared::cert::{Cert, Dissent, SeatVote};
use shared::outcome::Outcome;
use yew::prelude::*;

/// A vote, and what it said where that is not what the entry says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Voted {
    vote: SeatVote,
    against: Option<Outcome>,
}

impl Voted {
    /// The votes of a certificate, those that agree first.
    pub(crate) fn of_cert(cert: &Cert) -> Vec<Self> {
        let agree = cert.agree.iter().map(|vote| Self {
            vote: *vote,
            against: None,
        });
        agree.chain(Self::of(&cert.dissent)).collect()
    }

    /// Votes with outcomes of their own.
    pub(crate) fn of(votes: &[Dissent]) -> Vec<Self> {
        let votes = votes.iter().map(|one| Self {
            vote: one.vote,
            against: Some(one.outcome),
        });
        votes.collect()
    }
}

/// What is shown.
#[derive(Properties, PartialEq)]
pub(crate) struct VotesProps {
    pub(crate) votes: Vec<Voted>,
}

/// A row for each vote; nothing when there are none.
#[component]
pub(crate) fn Votes(VotesProps { votes }: &VotesProps) -> Html {
    let texts = use_texts();
    if votes.is_empty() {
        return Html::default();
    }
    html! {
        <section aria-labelledby="votes">
            <h2 id="votes">{ texts.say("entry-votes") }</h2>
            <table>
                <thead><tr>
                    <th scope="col">{ texts.say("entry-node") }</th>
                    <th scope="col">{ texts.say("entry-seat") }</th>
                    <th scope="col">{ texts.say("entry-attempt") }</th>
                    <th scope="col">{ texts.say("entry-vote") }</th>
                </tr></thead>
                <tbody>{ for votes.iter().map(|vote| row(&texts, vote)) }</tbody>
            </table>
        </section>
    }
}

fn row(texts: &Texts, Voted { vote, against }: &Voted) -> Html {
    let said = match against {
        None => texts.say("entry-agrees"),
        Some(outcome) => texts.say_with(
            "entry-disagrees",
            [("outcome", outcome_words(texts, outcome).into())],
        ),
    };
    html! {
        <tr>
            <td data-label={texts.say("entry-node")}>{ found_link(&vote.node_key.to_string()) }</td>
            <td data-label={texts.say("entry-seat")}>{ texts.number(vote.seat) }</td>
            <td data-label={texts.say("entry-attempt")}>{ texts.number(vote.attempt) }</td>
            <td data-label={texts.say("entry-vote")}>{ said }</td>
        </tr>
    }
}
