using System.Text.Json;

namespace ClassicBroker.Operations.Consoles;

/// <summary>What a broker tells the console that it started about itself. Immutable.</summary>
/// <param name="IsServing">Whether clients are served: not while it starts.</param>
/// <param name="Values">Those of its metrics that are charted.</param>
public sealed record BrokerReport(bool IsServing, IReadOnlyList<ChartedValue> Values)
{
    /// <summary>As <see cref="From"/> reads it.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteBoolean("serving", IsServing);
        json.WriteStartArray("values");
        foreach (var (name, unit, value) in Values)
        {
            json.WriteStartArray();
            json.WriteStringValue(name);
            json.WriteStringValue(unit);
            // JSON has no word for what a share of nothing is.
            json.WriteNumberValue(double.IsFinite(value) ? value : 0);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Reads what <see cref="WriteTo"/> wrote.</summary>
    public static BrokerReport From(JsonElement json) => new(
        json.GetProperty("serving").GetBoolean(),
        [
            .. json.GetProperty("values").EnumerateArray()
                .Select(value => new ChartedValue(value[0].GetString()!, value[1].GetString()!, value[2].GetDouble())),
        ]);
}
