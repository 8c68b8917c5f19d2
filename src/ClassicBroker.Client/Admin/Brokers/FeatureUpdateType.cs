namespace ClassicBroker.Client;

/// <summary>Which way a finalized feature may go. Values are the wire's.</summary>
public enum FeatureUpdateType : sbyte
{
    /// <summary>Up only.</summary>
    Upgrade = 1,

    /// <summary>Down where nothing is lost.</summary>
    SafeDowngrade = 2,

    /// <summary>Down, whatever is lost.</summary>
    UnsafeDowngrade = 3,
}
