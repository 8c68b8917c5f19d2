namespace ClassicBroker.Replication.State;

/// <summary>The answer to a controller's request, and what it decided for others to act on before it is sent.</summary>
public readonly record struct AppliedChange<TResponse>(TResponse Response, ReplicaDecisions Decisions);
