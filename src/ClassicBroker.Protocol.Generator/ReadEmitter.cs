namespace ClassicBroker.Protocol.Generator;

/// <summary>Emits <c>Read</c> and one method for each array, which charges the reader's budget before it allocates.</summary>
internal static class ReadEmitter
{
    // What the runtime spends on a 64-bit machine: header and method table, a reference, a RecordsPayload.
    private const int ObjectHeader = 16;
    private const int Reference = 8;
    private const int RecordsPayload = 32;

    public static void Emit(CodeWriter code, StructEmitter it)
    {
        code.Blank();
        code.Open("public void Read(ref ProtocolReader reader, short version)");
        it.DeclareFlexible(code);
        it.EmitUntagged(code, field => EmitField(code, it, field));
        it.EmitTags(code, "reader.SkipTags();", () => EmitTags(code, it));
        code.Close();
        foreach (var field in it.Structure.Fields.Where(field => field.IsArray))
        {
            EmitArray(code, it, field);
        }

        if (it.Structure != it.Message.Body)
        {
            code.Blank();
            code.Line("/// <summary>What one of these costs on the heap, its strings and arrays not counted.</summary>");
            code.Line($"internal const int AllocatedBytes = {AllocatedBytes(it.Structure)};");
        }
    }

    private static void EmitField(CodeWriter code, StructEmitter it, FieldSchema field)
    {
        if (field.IsArray)
        {
            code.Line($"{field.Name} = Read{field.Name}(ref reader, version){(field.Nullable.IsEmpty ? "!" : "")};");
        }
        else if (field.Kind != FieldKind.Struct)
        {
            code.Line($"{field.Name} = {Value(it, field)};");
        }
        else if (field.Tag is null && !field.Nullable.IsEmpty)
        {
            code.Open("if (reader.ReadInt8() < 0)");
            code.Line($"{field.Name} = null;");
            code.Close();
            code.Open("else");
            EmitStruct(code, it, field);
            code.Close();
        }
        else
        {
            EmitStruct(code, it, field);
        }
    }

    private static void EmitStruct(CodeWriter code, StructEmitter it, FieldSchema field)
    {
        code.Line($"reader.Charge({it.Qualified(field.Struct!)}.AllocatedBytes);");
        code.Line($"{field.Name} = new();");
        code.Line($"{field.Name}.Read(ref reader, version);");
    }

    private static string Value(StructEmitter it, FieldSchema field)
    {
        var flexible = it.FlexibleArgument(field);
        switch (field.Kind)
        {
            case FieldKind.Error:
                return "(ErrorCode)reader.ReadInt16()";
            case FieldKind.Records:
                return $"reader.ReadRecords({flexible})";
            case FieldKind.String or FieldKind.Bytes:
                var strict = $"reader.Read{field.Kind}({flexible})";
                var lenient = $"reader.ReadNullable{field.Kind}({flexible})";
                return it.NullableArgument(field) switch
                {
                    "false" => strict,
                    "true" => lenient,
                    var condition => $"{condition} ? {lenient} : {strict}",
                };
            default:
                return $"reader.Read{field.Kind}()";
        }
    }

    private static void EmitArray(CodeWriter code, StructEmitter it, FieldSchema field)
    {
        var type = FieldCode.ElementType(field);
        var parameter = field.Kind == FieldKind.Struct || it.IsMixed || it.NullableArgument(field).Contains("version") ? "version" : "_";
        code.Blank();
        code.Open($"private static {type}[]? Read{field.Name}(ref ProtocolReader reader, short {parameter})");
        it.DeclareFlexible(code);
        code.Line($"var count = reader.ReadArrayCount({it.FlexibleArgument(field)}, nullable: {it.NullableArgument(field)}, "
            + $"{Minimum(it, field)}, {ElementCost(field)});");
        code.Open("if (count <= 0)");
        code.Line("return count < 0 ? null : [];");
        code.Close();
        code.Blank();
        code.Line(type == "byte[]" ? "var elements = new byte[count][];" : $"var elements = new {type}[count];");
        code.Open("for (var i = 0; i < elements.Length; i++)");
        if (field.Kind == FieldKind.Struct)
        {
            code.Line($"var element = new {type}();");
            code.Line("element.Read(ref reader, version);");
            code.Line("elements[i] = element;");
        }
        else
        {
            code.Line($"elements[i] = {ElementValue(it, field)};");
        }

        code.Close();
        code.Blank();
        code.Line("return elements;");
        code.Close();
    }

    private static string ElementValue(StructEmitter it, FieldSchema field) =>
        field.Kind switch
        {
            FieldKind.Error => "(ErrorCode)reader.ReadInt16()",
            FieldKind.String or FieldKind.Bytes => $"reader.Read{field.Kind}({it.FlexibleArgument(field)})",
            _ => $"reader.Read{field.Kind}()",
        };

    private static string Minimum(StructEmitter it, FieldSchema field)
    {
        if (FieldCode.FixedSize(field.Kind) is { } constant)
        {
            return $"{constant}";
        }

        if (field.Kind == FieldKind.Struct)
        {
            return $"{it.Qualified(field.Struct!)}.MinimumSize(version)";
        }

        var plain = field.Kind == FieldKind.String ? 2 : 4;
        return !it.HasFlexibleVersions ? $"{plain}" : it.IsMixed ? $"flexible ? 1 : {plain}" : "1";
    }

    private static int ElementCost(FieldSchema field) =>
        field.Kind == FieldKind.Struct ? Reference + AllocatedBytes(field.Struct!) : InlineBytes(field.Kind);

    private static int AllocatedBytes(StructSchema structure)
    {
        var fields = structure.Fields.Sum(field => field.IsArray ? Reference : InlineBytes(field.Kind));
        return ObjectHeader + ((fields + 7) & ~7);
    }

    private static int InlineBytes(FieldKind kind) =>
        kind == FieldKind.Records ? RecordsPayload : FieldCode.FixedSize(kind) ?? Reference;

    private static void EmitTags(CodeWriter code, StructEmitter it)
    {
        code.Line("var tags = reader.ReadTagCount();");
        code.Open("for (var i = 0; i < tags; i++)");
        code.Line("var tag = reader.ReadTag(out var end);");
        code.Open("switch (tag)");
        foreach (var field in it.Tagged)
        {
            var versions = field.Versions.Condition(it.Versions.Intersect(it.Message.Flexible));
            code.Open($"case {field.Tag}{(versions is null ? "" : $" when {versions}")}:");
            EmitField(code, it, field);
            code.Line("break;");
            code.Close();
        }

        code.Line("default:");
        code.Line("    reader.SkipTo(end);");
        code.Line("    break;");
        code.Close();
        code.Blank();
        code.Line("reader.RequireAt(end);");
        code.Close();
    }
}
