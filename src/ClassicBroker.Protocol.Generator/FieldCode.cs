namespace ClassicBroker.Protocol.Generator;

/// <summary>The C# words for one field: its type, its default, the test whether it is set.</summary>
internal static class FieldCode
{
    public static string ElementType(FieldSchema field) =>
        field.Kind switch
        {
            FieldKind.Bool => "bool",
            FieldKind.Int8 => "sbyte",
            FieldKind.Int16 => "short",
            FieldKind.Int32 => "int",
            FieldKind.Int64 => "long",
            FieldKind.Float64 => "double",
            FieldKind.Uuid => "Uuid",
            FieldKind.Error => "ErrorCode",
            FieldKind.String => "string",
            FieldKind.Bytes => "byte[]",
            FieldKind.Records => "RecordsPayload",
            _ => field.Struct!.Name,
        };

    public static string PropertyType(FieldSchema field)
    {
        var type = ElementType(field) + (field.IsArray ? "[]" : "");
        var nullable = (!field.Nullable.IsEmpty && field.Kind != FieldKind.Records) || field.IsTaggedStruct;
        return nullable ? type + "?" : type;
    }

    public static string Initializer(FieldSchema field)
    {
        if (field.DefaultsToNull || field.IsTaggedStruct)
        {
            return "";
        }

        if (field.IsArray || field.Kind == FieldKind.Bytes)
        {
            return " = [];";
        }

        return field.Kind switch
        {
            FieldKind.String => " = \"\";",
            FieldKind.Struct => " = new();",
            _ when field.Default is not null => $" = {field.Default};",
            _ => "",
        };
    }

    /// <summary>The condition under which a field holds something other than its default.</summary>
    public static string IsSet(FieldSchema field)
    {
        if (field.DefaultsToNull || field.IsTaggedStruct)
        {
            return $"{field.Name} is not null";
        }

        if (field.IsArray || field.Kind is FieldKind.String or FieldKind.Bytes)
        {
            return field.Nullable.IsEmpty ? $"{field.Name}.Length != 0" : $"{field.Name} is not {{ Length: 0 }}";
        }

        return field.Kind switch
        {
            FieldKind.Bool => field.Default == "true" ? $"!{field.Name}" : field.Name,
            FieldKind.Uuid => $"{field.Name} != Uuid.Zero",
            FieldKind.Error => $"{field.Name} != ErrorCode.None",
            FieldKind.Records => $"!{field.Name}.IsNull",
            FieldKind.Struct => $"{field.Name} is not null",
            _ => $"{field.Name} != {field.Default ?? "0"}",
        };
    }

    /// <summary>Bytes on the wire of a value whose size never varies, or null.</summary>
    public static int? FixedSize(FieldKind kind) =>
        kind switch
        {
            FieldKind.Bool or FieldKind.Int8 => 1,
            FieldKind.Int16 or FieldKind.Error => 2,
            FieldKind.Int32 => 4,
            FieldKind.Int64 or FieldKind.Float64 => 8,
            FieldKind.Uuid => 16,
            _ => null,
        };
}
