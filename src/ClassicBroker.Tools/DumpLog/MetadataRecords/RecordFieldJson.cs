using System.Text.Json;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.DumpLog.MetadataRecords;

/// <summary>Writes parsed records as Kafka's converters to JSON do. Stateless.</summary>
internal static class RecordFieldJson
{
    public static void Write(Utf8JsonWriter json, ParsedFields record)
    {
        foreach (var (field, value) in record.Told)
        {
            json.WritePropertyName(field.Name);
            WriteValue(json, value);
        }
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                json.WriteRawValue(JavaDouble.Format(number));
                break;
            case double number:
                json.WriteStringValue(JavaDouble.Format(number));
                break;
            case byte[] bytes:
                json.WriteBase64StringValue(bytes);
                break;
            case object?[] elements:
                json.WriteStartArray();
                foreach (var element in elements)
                {
                    WriteValue(json, element);
                }

                json.WriteEndArray();
                break;
            case ParsedFields fields:
                json.WriteStartObject();
                Write(json, fields);
                json.WriteEndObject();
                break;
            default:
                json.WriteStringValue(value.ToString());
                break;
        }
    }
}
