using System.Globalization;

namespace ClassicBroker.Operations.Otlp;

/// <summary>Attributes as OTLP has them: a key, and a text, a number or a truth value. Stateless.</summary>
internal static class OtlpAttributes
{
    private const int Key = 1, Value = 2;
    private const int TextValue = 1, TruthValue = 2, IntegerValue = 3, NumberValue = 4;

    /// <param name="writer">Where to.</param>
    /// <param name="field">The field of the message that has the attribute.</param>
    /// <param name="key">The attribute's name.</param>
    /// <param name="value">What it is; null is no attribute.</param>
    public static void Write(ProtobufWriter writer, int field, string key, object? value)
    {
        if (value is null)
        {
            return;
        }

        var attribute = writer.Begin(field);
        writer.Text(Key, key);
        var any = writer.Begin(Value);
        switch (value)
        {
            case bool truth:
                writer.Varint(TruthValue, truth ? 1UL : 0);
                break;
            case int or long or short:
                writer.Varint(IntegerValue, (ulong)Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case double number:
                writer.Double(NumberValue, number);
                break;
            default:
                writer.Text(TextValue, Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
                break;
        }

        writer.End(any);
        writer.End(attribute);
    }

    /// <summary>The message <c>Resource</c>: whom the signals are about.</summary>
    public static void WriteResource(ProtobufWriter writer, int field, IReadOnlyDictionary<string, string> attributes)
    {
        const int Attributes = 1;
        var resource = writer.Begin(field);
        foreach (var (key, value) in attributes)
        {
            Write(writer, Attributes, key, value);
        }

        writer.End(resource);
    }

    /// <summary>The message <c>InstrumentationScope</c>: which part of the program tells.</summary>
    public static void WriteScope(ProtobufWriter writer, int field, string name)
    {
        const int Name = 1;
        var scope = writer.Begin(field);
        writer.Text(Name, name);
        writer.End(scope);
    }
}
