namespace ClassicBroker.Client;

/// <summary>How a part of a quota's entity is matched. Values are the wire's.</summary>
public enum ClientQuotaMatch : sbyte
{
    /// <summary>By its name.</summary>
    Exact = 0,

    /// <summary>As the default of its type.</summary>
    Default = 1,

    /// <summary>By its type alone.</summary>
    Any = 2,
}
