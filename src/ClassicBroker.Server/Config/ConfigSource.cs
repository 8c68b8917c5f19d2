namespace ClassicBroker.Server.Config;

/// <summary>Where a value comes from; the numbers are those of DescribeConfigs.</summary>
public enum ConfigSource : sbyte
{
    Topic = 1,
    DynamicBroker = 2,
    DynamicDefaultBroker = 3,
    StaticBroker = 4,
    Default = 5,
    DynamicBrokerLogger = 6,
}
