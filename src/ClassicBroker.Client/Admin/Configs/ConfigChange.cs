namespace ClassicBroker.Client;

/// <summary>A change of one config (KIP-339).</summary>
/// <param name="Name">Its key.</param>
/// <param name="Operation">What to do with it.</param>
/// <param name="Value">The value to set, append or subtract; null to delete.</param>
public readonly record struct ConfigChange(string Name, ConfigOperation Operation, string? Value)
{
    /// <summary>Sets a value.</summary>
    public static ConfigChange Set(string name, string value) => new(name, ConfigOperation.Set, value);

    /// <summary>Goes back to the default.</summary>
    public static ConfigChange Delete(string name) => new(name, ConfigOperation.Delete, null);
}
