using System.Reflection;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Generator;

namespace ClassicBroker.Protocol.Tests;

/// <summary>Fills messages with random values in every field a version has, and leaves the others at their defaults.</summary>
internal sealed class RandomMessages(int seed)
{
    private const string Letters = "abcxyz0189._-/ \u00e4\u4e16\u0000";

    private static readonly string[] Rare = ["\ud83d\ude80", "__consumer_offsets", new string('t', 249)];

    private readonly Random _random = new(seed);

    public IMessage Next(MessageSchema schema, short version)
    {
        var message = SchemaLibrary.NewMessage(schema.Name);
        Fill(schema.Body, message, version);
        return message;
    }

    private static bool Has(VersionRange range, short version) => range.Low <= version && version <= range.High;

    private void Fill(StructSchema schema, object target, short version)
    {
        foreach (var field in schema.Fields.Where(field => Has(field.Versions, version)))
        {
            var property = target.GetType().GetProperty(field.Name)!;
            if (field.Tag is null || _random.Next(3) > 0)
            {
                property.SetValue(target, Value(field, property, version));
            }
        }
    }

    private object? Value(FieldSchema field, PropertyInfo property, short version)
    {
        if (Has(field.Nullable, version) && _random.Next(4) == 0)
        {
            return field.Kind == FieldKind.Records ? RecordsPayload.Null : (object?)null;
        }

        if (!field.IsArray)
        {
            return Single(field, property.PropertyType, version);
        }

        var elementType = property.PropertyType.GetElementType()!;
        var array = Array.CreateInstance(elementType, _random.Next(4));
        for (var i = 0; i < array.Length; i++)
        {
            array.SetValue(Single(field, elementType, version), i);
        }

        return array;
    }

    private object Single(FieldSchema field, Type type, short version)
    {
        switch (field.Kind)
        {
            case FieldKind.Bool:
                return _random.Next(2) == 0;
            case FieldKind.Int8:
                return (sbyte)_random.Next(sbyte.MinValue, sbyte.MaxValue + 1);
            case FieldKind.Int16:
                return (short)_random.Next(short.MinValue, short.MaxValue + 1);
            case FieldKind.Int32:
                return Edge(int.MinValue, int.MaxValue, () => _random.Next(int.MinValue, int.MaxValue));
            case FieldKind.Int64:
                return Edge(long.MinValue, long.MaxValue, () => _random.NextInt64(long.MinValue, long.MaxValue));
            case FieldKind.Float64:
                return _random.NextDouble() * 1e9;
            case FieldKind.Uuid:
                return Uuid.FromRandom(Bytes(16));
            case FieldKind.Error:
                return (ErrorCode)_random.Next(-1, 128);
            case FieldKind.String:
                return Text();
            case FieldKind.Bytes:
                return Bytes(_random.Next(40));
            case FieldKind.Records:
                return new RecordsPayload(Bytes(_random.Next(200)));
            default:
                var structure = Activator.CreateInstance(type)!;
                Fill(field.Struct!, structure, version);
                return structure;
        }
    }

    private T Edge<T>(T lowest, T highest, Func<T> between) =>
        _random.Next(8) switch
        {
            0 => lowest,
            1 => highest,
            _ => between(),
        };

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }

    private string Text() =>
        _random.Next(10) == 0
            ? Rare[_random.Next(Rare.Length)]
            : string.Concat(Enumerable.Range(0, _random.Next(20)).Select(_ => Letters[_random.Next(Letters.Length)]));
}
