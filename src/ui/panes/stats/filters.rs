//! The display filter of a row: what it counts, as a filter.

use super::{StatsPane, View};
use crate::{filter::Filter, ui::row_filters};

impl StatsPane {
    /// Returns the display filter of the chosen row; none if a filter cannot say it.
    pub(super) fn row_filter(&self) -> Option<String> {
        let sums = self.live.sums()?;
        let overview = &sums.overview;
        let at = self.cursors[self.view as usize].selected;
        let address = |address: std::net::IpAddr| row_filters::address(&address.to_string());
        let filter = match self.view {
            View::Protocols => overview.layers.get(at)?.name.to_owned(),
            View::Endpoints => address(overview.endpoints.get(at)?.address)?,
            View::Talkers => {
                let pair = overview.pairs.get(at)?;
                format!("{} and {}", address(pair.a)?, address(pair.b)?)
            }
            View::Services => {
                let service = overview.services.get(at)?;
                format!("{}.port == {}", service.protocol.name(), service.port)
            }
            View::Applications => of_application(overview.applications.get(at)?.0),
            View::Answers => of_application(overview.answers.get(at)?.0),
            View::Throughput => return None,
        };
        filter.parse::<Filter>().is_ok().then_some(filter)
    }
}

/// Returns the filter of the conversations with an application. Those without one are named after their ports.
fn of_application(name: &str) -> String {
    format!("conversation.application == \"{name}\"")
}
