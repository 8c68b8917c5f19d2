namespace ClassicBroker.Server.Config;

/// <summary>Whether, and at which level, a running broker takes a new value for a key (KIP-226).</summary>
public enum ConfigUpdateMode
{
    /// <summary>Read once, at start.</summary>
    ReadOnly,

    /// <summary>Per broker or as the default of all brokers.</summary>
    ClusterWide,

    /// <summary>For one broker only.</summary>
    PerBroker,

    /// <summary>For one broker, and only under a <c>listener.name.</c> prefix.</summary>
    PerListener,

    /// <summary>Never in the file: the replication throttles.</summary>
    DynamicOnly,
}
