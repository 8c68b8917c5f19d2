using System.Text.Json;

namespace ClassicBroker.Operations;

/// <summary>How far the loading of logs has come. Immutable.</summary>
/// <param name="Percent">Of all logs.</param>
/// <param name="Directories">By directory: its path, its logs, and those that are loaded.</param>
public sealed record StartProgress(double Percent, IReadOnlyList<(string Path, int Total, int Loaded)> Directories)
{
    internal void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject("logs");
        json.WriteNumber("percent", Math.Round(Percent, 1));
        json.WriteStartArray("directories");
        foreach (var (path, total, loaded) in Directories)
        {
            json.WriteStartObject();
            json.WriteString("path", path);
            json.WriteNumber("total", total);
            json.WriteNumber("loaded", loaded);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
