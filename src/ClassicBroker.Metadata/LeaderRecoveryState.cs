namespace ClassicBroker.Metadata;

/// <summary>Whether the leader of a partition was elected uncleanly and has yet to settle its log (KIP-704).</summary>
public enum LeaderRecoveryState : sbyte
{
    Recovered = 0,
    Recovering = 1,
}
