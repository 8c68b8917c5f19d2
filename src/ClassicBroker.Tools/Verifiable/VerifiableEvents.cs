using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ClassicBroker.Tools.Verifiable;

/// <summary>Writes the events of the verifiable tools, a JSON object a line. Safe from any thread.</summary>
internal sealed class VerifiableEvents(TextWriter output, TimeProvider time)
{
    private readonly object _gate = new();

    public void Write(string name, Action<Utf8JsonWriter> writeFields)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("timestamp", time.GetUtcNow().ToUnixTimeMilliseconds());
            json.WriteString("name", name);
            writeFields(json);
            json.WriteEndObject();
        }

        lock (_gate)
        {
            output.WriteLine(Encoding.UTF8.GetString(buffer.ToArray()));
            output.Flush();
        }
    }
}
