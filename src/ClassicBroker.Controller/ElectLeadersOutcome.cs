using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Controller;

/// <summary>
/// The answer to ElectLeaders, and the leaders that were elected: the broker answers once its own metadata shows them.
/// </summary>
public sealed record ElectLeadersOutcome(ElectLeadersResponse Response, IReadOnlyDictionary<TopicPartition, int> Elected);
