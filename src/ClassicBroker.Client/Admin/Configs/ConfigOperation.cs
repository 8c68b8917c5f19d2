namespace ClassicBroker.Client;

/// <summary>What a config change does. Values are the wire's.</summary>
public enum ConfigOperation : sbyte
{
    /// <summary>Replaces the value.</summary>
    Set = 0,

    /// <summary>Goes back to the default.</summary>
    Delete = 1,

    /// <summary>Adds to a list.</summary>
    Append = 2,

    /// <summary>Takes from a list.</summary>
    Subtract = 3,
}
