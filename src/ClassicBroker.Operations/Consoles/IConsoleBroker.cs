using System.Text.Json;

namespace ClassicBroker.Operations.Consoles;

/// <summary>What a broker answers the console that it started. Threading: asked one question at a time, from any thread.</summary>
public interface IConsoleBroker
{
    /// <summary>How the broker is.</summary>
    BrokerReport Report();

    /// <summary>Reads a znode through the broker's session; what comes writes the znode, or why it cannot be read.</summary>
    Task<Action<Utf8JsonWriter>> ReadZnodeAsync(string path);
}
