namespace ClassicBroker.Client;

/// <summary>A cluster and its live brokers. Immutable.</summary>
/// <param name="ClusterId">The cluster's id.</param>
/// <param name="ControllerId">Id of the controller; -1 where there is none.</param>
/// <param name="Nodes">Live brokers, by id.</param>
public sealed record ClusterDescription(string? ClusterId, int ControllerId, IReadOnlyList<BrokerNode> Nodes);
