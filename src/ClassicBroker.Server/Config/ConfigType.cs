namespace ClassicBroker.Server.Config;

/// <summary>What the text of a config value must read as; the numbers are those of DescribeConfigs.</summary>
public enum ConfigType : sbyte
{
    Boolean = 1,
    String = 2,
    Int = 3,
    Short = 4,
    Long = 5,
    Double = 6,
    List = 7,
    Class = 8,
    Password = 9,
}
