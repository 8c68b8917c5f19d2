using System.Text.Json;

namespace ClassicBroker.Operations.Consoles;

/// <summary>
/// What a console that a broker starts is told first: its keys, and how it connects. It comes through the console's standard input, since
/// command lines can be read by all users of the machine. Immutable.
/// </summary>
/// <param name="Properties">The broker's keys that begin with <c>console.</c>.</param>
/// <param name="ClientProperties">How clients of the console connect, by the Java clients' names.</param>
public sealed record ConsoleOrder(IReadOnlyDictionary<string, string> Properties, IReadOnlyDictionary<string, string> ClientProperties)
{
    /// <summary>As <see cref="From"/> reads it.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        Write(json, "console", Properties);
        Write(json, "client", ClientProperties);
        json.WriteEndObject();
    }

    /// <summary>Reads what <see cref="WriteTo"/> wrote.</summary>
    public static ConsoleOrder From(JsonElement json) => new(Read(json.GetProperty("console")), Read(json.GetProperty("client")));

    /// <summary>The keys alone: values hold secrets.</summary>
    public override string ToString() => string.Join(' ', Properties.Keys.Concat(ClientProperties.Keys));

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, string> properties)
    {
        json.WriteStartObject(name);
        foreach (var (key, value) in properties)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    private static Dictionary<string, string> Read(JsonElement json) =>
        json.EnumerateObject().ToDictionary(property => property.Name, property => property.Value.GetString()!, StringComparer.Ordinal);
}
