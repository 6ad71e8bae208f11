//! What the transport layer hands over of a block of packets to the application layer, which reads them later.

use super::{
    ApplicationTracker, Arrival, ArrivalKind, Begun, Carried, FrameLayers, Opening,
    transport::TransportTracker,
};

/// The packets of a block, in order.
#[derive(Default)]
pub(crate) struct Handover {
    deliveries: Vec<Delivery>,
    /// The conversations that begin, in order.
    begun: Vec<Begun>,
    /// What comes with the first payload of conversations, in order.
    openings: Vec<Opening>,
    /// The place of the packet that is tracked: its index in the block.
    pub at: u32,
}

/// A packet with its place in the block and its innermost layer.
struct Delivery {
    arrival: Arrival,
    at: u32,
    node: u16,
}

/// Where the bytes of the packets of a block are.
pub(crate) trait Carrier {
    /// Returns the bytes and the transport layer of the packet at this index.
    fn carried(&mut self, at: u32, node: u16) -> Option<Carried<'_>>;
}

impl Handover {
    /// Adds a packet.
    #[inline]
    pub(super) fn add(
        &mut self,
        transport: &TransportTracker,
        arrival: Arrival,
        may_be_announced: bool,
        layers: FrameLayers,
    ) {
        if arrival.begins {
            let begun = transport.begun(arrival.id, may_be_announced);
            self.begun.extend(begun);
        }
        if arrival.kind == ArrivalKind::First {
            self.openings.extend(transport.opening(arrival.id));
        }
        self.deliveries.push(Delivery {
            arrival,
            at: self.at,
            node: layers.node,
        });
    }

    /// Has the application layer read the packets, and empties the list.
    pub fn read(&mut self, application: &mut ApplicationTracker, carrier: &mut impl Carrier) {
        let mut begun = self.begun.drain(..);
        let mut openings = self.openings.drain(..);
        for Delivery { arrival, at, node } in self.deliveries.drain(..) {
            if arrival.begins
                && let Some(begun) = begun.next()
            {
                application.begin(&begun);
            }
            let opening = match arrival.kind {
                ArrivalKind::First => openings.next(),
                _ => None,
            };
            if !application.pass(&arrival)
                && let Some(carried) = carrier.carried(at, node)
            {
                application.read(&arrival, opening.as_ref(), carried);
            }
            application.end_packet();
        }
    }
}
