using ClassicBroker.Protocol.Generator;

namespace ClassicBroker.Protocol.Tests;

/// <summary>Layouts from our schemas.</summary>
internal static class SchemaLayout
{
    public static MessageLayout Of(MessageSchema schema, short version)
    {
        var layout = new MessageLayout();
        layout.Lengths(Has(schema.Flexible, version));
        Append(layout, schema.Body, "", version);
        return layout;
    }

    private static bool Has(VersionRange range, short version) => range.Low <= version && version <= range.High;

    private static void Append(MessageLayout layout, StructSchema structure, string path, short version)
    {
        foreach (var field in structure.Fields.Where(field => Has(field.Versions, version)))
        {
            var type = field.Kind switch
            {
                FieldKind.Struct => "struct",
                FieldKind.Error => "int16",
                _ => field.TypeName,
            };
            layout.Field(
                path + field.Name,
                field.IsArray ? "[]" + type : type,
                Has(field.Nullable, version),
                field.Tag,
                field.Default,
                field.Ignorable,
                field.Inflexible);
            if (field.Struct is not null)
            {
                Append(layout, field.Struct, path + field.Name + ".", version);
            }
        }
    }
}
