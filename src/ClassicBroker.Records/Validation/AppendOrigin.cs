namespace ClassicBroker.Records;

/// <summary>Where an append comes from, which decides how much of it is believed.</summary>
public enum AppendOrigin : byte
{
    /// <summary>A follower's fetch: offsets and epochs are kept as the leader chose them.</summary>
    Replication,

    /// <summary>A group or transaction coordinator of this broker: may write control batches.</summary>
    Coordinator,

    /// <summary>A produce request: everything is checked.</summary>
    Client,
}
