using System.Text;
using System.Text.Json;

namespace ClassicBroker.Operations;

/// <summary>The answer to a question about a broker's health: whether all is well, and each point that was looked at. Immutable.</summary>
/// <param name="IsHealthy">Decides the status code.</param>
/// <param name="Status">One word for people.</param>
/// <param name="Checks">What was looked at.</param>
public sealed record HealthReport(bool IsHealthy, string Status, IReadOnlyList<HealthCheck> Checks)
{
    /// <summary>How far a start has come; null where the question is another.</summary>
    public StartProgress? Progress { get; init; }

    /// <summary>The report as JSON.</summary>
    public string ToJson()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("status", Status);
            if (Progress is { } progress)
            {
                progress.WriteTo(json);
            }

            json.WriteStartArray("checks");
            foreach (var check in Checks)
            {
                json.WriteStartObject();
                json.WriteString("name", check.Name);
                json.WriteBoolean("ok", check.IsOk);
                json.WriteString("detail", check.Detail);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
