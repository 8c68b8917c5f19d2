using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ClassicBroker.Protocol;
using ClassicBroker.Records;

namespace ClassicBroker.Tools.Coordinators;

/// <summary>The frame shared by the coordinators' records: a version before each key and value, printed as JSON. Stateless.</summary>
internal static class CoordinatorJson
{
    private const int VersionLength = sizeof(short);

    /// <summary>The version before a key or value.</summary>
    public static short Version(NullableBytes bytes) => BinaryPrimitives.ReadInt16BigEndian(bytes.Span);

    /// <summary>Reads the message behind its version.</summary>
    public static T Read<T>(NullableBytes bytes)
        where T : IMessage, new()
    {
        var message = new T();
        var reader = new ProtocolReader(bytes.Span[VersionLength..].ToArray());
        message.Read(ref reader, Version(bytes));
        return message;
    }

    /// <summary><c>{"type":"1","data":{…}}</c>.</summary>
    public static string Write(string versionName, short version, Action<Utf8JsonWriter> writeData) =>
        Write(json =>
        {
            json.WriteString(versionName, version.ToString());
            json.WriteStartObject("data");
            writeData(json);
            json.WriteEndObject();
        });

    /// <summary>An object with what <paramref name="writeFields"/> puts into it.</summary>
    public static string Write(Action<Utf8JsonWriter> writeFields)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            writeFields(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
