namespace ClassicBroker.Protocol.Generator;

/// <summary>Emits <c>Write</c>.</summary>
internal static class WriteEmitter
{
    public static void Emit(CodeWriter code, StructEmitter it)
    {
        code.Blank();
        code.Open("public void Write(ref ProtocolWriter writer, short version)");
        it.DeclareFlexible(code);
        it.EmitUntagged(code, field => EmitField(code, it, field));
        it.EmitTags(code, "writer.WriteUnsignedVarint(0);", () => EmitTags(code, it));
        code.Close();
    }

    private static void EmitField(CodeWriter code, StructEmitter it, FieldSchema field)
    {
        if (field.IsArray)
        {
            EmitArray(code, it, field);
        }
        else if (field.IsTaggedStruct)
        {
            code.Line($"{field.Name}!.Write(ref writer, version);");
        }
        else if (field.Kind == FieldKind.Struct && !field.Nullable.IsEmpty)
        {
            code.Line($"writer.WriteInt8({field.Name} is null ? (sbyte)-1 : (sbyte)1);");
            code.Line($"{field.Name}?.Write(ref writer, version);");
        }
        else
        {
            code.Line(Value(it, field, field.Name));
        }
    }

    private static string Value(StructEmitter it, FieldSchema field, string value) =>
        field.Kind switch
        {
            FieldKind.Struct => $"{value}.Write(ref writer, version);",
            FieldKind.Error => $"writer.WriteInt16((short){value});",
            FieldKind.String or FieldKind.Bytes or FieldKind.Records =>
                $"writer.Write{field.Kind}({value}, {it.FlexibleArgument(field)});",
            _ => $"writer.Write{field.Kind}({value});",
        };

    private static void EmitArray(CodeWriter code, StructEmitter it, FieldSchema field)
    {
        var nullable = !field.Nullable.IsEmpty;
        var count = nullable ? $"{field.Name}?.Length ?? -1" : $"{field.Name}.Length";
        code.Line($"writer.WriteArrayLength({count}, {it.FlexibleArgument(field)});");
        code.Open(nullable ? $"foreach (var element in {field.Name} ?? [])" : $"foreach (var element in {field.Name})");
        code.Line(Value(it, field, "element"));
        code.Close();
    }

    private static void EmitTags(CodeWriter code, StructEmitter it)
    {
        var counts = it.Tagged.Select(field => $"({SizeEmitter.TagCondition(it, field)} ? 1 : 0)");
        code.Line($"writer.WriteUnsignedVarint({string.Join(" + ", counts)});");
        foreach (var field in it.Tagged)
        {
            code.Open($"if ({SizeEmitter.TagCondition(it, field)})");
            code.Line($"writer.WriteTag({field.Tag}, SizeOf{field.Name}(version));");
            EmitField(code, it, field);
            code.Close();
        }
    }
}
