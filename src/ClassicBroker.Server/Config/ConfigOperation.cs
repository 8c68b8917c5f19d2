namespace ClassicBroker.Server.Config;

/// <summary>What IncrementalAlterConfigs does to a key (KIP-339).</summary>
public enum ConfigOperation : sbyte
{
    Set = 0,
    Delete = 1,
    Append = 2,
    Subtract = 3,
}
