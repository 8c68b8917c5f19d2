namespace ClassicBroker.Protocol.Generator;

/// <summary>Emits <c>Size</c>, the check that goes before it, and the smallest size an array element can have.</summary>
internal static class SizeEmitter
{
    public static void Emit(CodeWriter code, StructEmitter it)
    {
        var rejects = EmitsRejection(it);
        code.Open("public int Size(short version)");
        if (rejects)
        {
            code.Line("RejectUnrepresentable(version);");
        }

        it.DeclareFlexible(code);
        code.Line("var size = 0;");
        foreach (var (condition, fields) in it.Runs())
        {
            code.OpenIf(condition);
            var constant = fields.Where(field => !field.IsArray).Sum(field => FieldCode.FixedSize(field.Kind) ?? 0);
            if (constant > 0)
            {
                code.Line($"size += {constant};");
            }

            foreach (var field in fields.Where(field => field.IsArray || FieldCode.FixedSize(field.Kind) is null))
            {
                EmitField(code, it, field);
            }

            code.CloseIf(condition);
        }

        it.EmitTags(code, "size++;", () => EmitTags(code, it));
        code.Line("return size;");
        code.Close();
        EmitTaggedSizes(code, it);
        if (rejects)
        {
            EmitRejection(code, it);
        }

        if (it.Structure.NeedsMinimumSize)
        {
            EmitMinimum(code, it);
        }
    }

    private static void EmitField(CodeWriter code, StructEmitter it, FieldSchema field)
    {
        var flexible = it.FlexibleArgument(field);
        if (field.IsArray)
        {
            EmitArray(code, it, field);
        }
        else if (field.Kind == FieldKind.Struct)
        {
            code.Line(field.Nullable.IsEmpty || field.Tag is not null
                ? $"size += {field.Name}.Size(version);"
                : $"size += 1 + ({field.Name}?.Size(version) ?? 0);");
        }
        else
        {
            code.Line($"size += ProtocolSize.{field.Kind}({field.Name}, {flexible});");
        }
    }

    private static void EmitArray(CodeWriter code, StructEmitter it, FieldSchema field)
    {
        var nullable = !field.Nullable.IsEmpty;
        var flexible = it.FlexibleArgument(field);
        var count = nullable ? $"{field.Name}?.Length ?? -1" : $"{field.Name}.Length";
        if (FieldCode.FixedSize(field.Kind) is { } each)
        {
            var elements = nullable ? $"({field.Name}?.Length ?? 0)" : $"{field.Name}.Length";
            var product = each == 1 ? elements : $"({each} * {elements})";
            code.Line($"size += ProtocolSize.ArrayLength({count}, {flexible}) + {product};");
            return;
        }

        code.Line($"size += ProtocolSize.ArrayLength({count}, {flexible});");
        code.Open(nullable ? $"foreach (var element in {field.Name} ?? [])" : $"foreach (var element in {field.Name})");
        code.Line(field.Kind == FieldKind.Struct
            ? "size += element.Size(version);"
            : $"size += ProtocolSize.{field.Kind}(element, {flexible});");
        code.Close();
    }

    private static void EmitTags(CodeWriter code, StructEmitter it)
    {
        code.Line("size++;");
        foreach (var field in it.Tagged)
        {
            code.Open($"if ({TagCondition(it, field)})");
            code.Line($"size += ProtocolSize.Tagged({field.Tag}, SizeOf{field.Name}(version));");
            code.Close();
        }
    }

    /// <summary>When a tagged field is written: in its versions, where it is not its default.</summary>
    public static string TagCondition(StructEmitter it, FieldSchema field)
    {
        var context = it.Versions.Intersect(it.Message.Flexible);
        var versions = field.Versions.Condition(context);
        return versions is null ? FieldCode.IsSet(field) : $"{versions} && {FieldCode.IsSet(field)}";
    }

    private static void EmitTaggedSizes(CodeWriter code, StructEmitter it)
    {
        foreach (var field in it.Tagged)
        {
            code.Blank();
            if (!field.IsArray && FieldCode.FixedSize(field.Kind) is { } constant)
            {
                code.Line($"private static int SizeOf{field.Name}(short version) => {constant};");
                continue;
            }

            code.Open($"private int SizeOf{field.Name}(short version)");
            it.DeclareFlexible(code);
            code.Line("var size = 0;");
            if (field.IsTaggedStruct)
            {
                code.Line($"size += {field.Name}!.Size(version);");
            }
            else
            {
                EmitField(code, it, field);
            }

            code.Line("return size;");
            code.Close();
        }
    }

    private static bool EmitsRejection(StructEmitter it) =>
        it.Structure.Fields.Any(field => IsLostSomewhere(it, field) || it.NullForbidden(field) is not null);

    private static bool IsLostSomewhere(StructEmitter it, FieldSchema field) =>
        !field.Ignorable && field.Versions.Condition(it.Versions) is not null;

    private static void EmitRejection(CodeWriter code, StructEmitter it)
    {
        code.Blank();
        code.Open("private void RejectUnrepresentable(short version)");
        foreach (var field in it.Structure.Fields)
        {
            var name = $"{it.Structure.Name}.{field.Name}";
            if (IsLostSomewhere(it, field))
            {
                code.Open($"if ({Parenthesised(field.Versions.ConditionOutside(it.Versions)!)} && {FieldCode.IsSet(field)})");
                code.Line($"throw UnsupportedVersionException.ForField(\"{name}\", version);");
                code.Close();
            }

            if (it.NullForbidden(field) is { } forbidden)
            {
                code.Open($"if ({Parenthesised(forbidden)} && {field.Name} is null)");
                code.Line($"throw UnsupportedVersionException.ForNull(\"{name}\", version);");
                code.Close();
            }
        }

        code.Close();
    }

    private static string Parenthesised(string condition) => condition.Contains(" or ") ? $"({condition})" : condition;

    private static void EmitMinimum(CodeWriter code, StructEmitter it)
    {
        code.Blank();
        code.Line("/// <summary>The fewest bytes that can encode one of these.</summary>");
        code.Open("internal static int MinimumSize(short version)");
        it.DeclareFlexible(code);
        code.Line("var size = 0;");
        it.EmitUntagged(code, field => code.Line($"size += {Minimum(it, field)};"));
        if (it.HasFlexibleVersions)
        {
            code.Line(it.IsMixed ? "size += flexible ? 1 : 0;" : "size++;");
        }

        code.Line("return size;");
        code.Close();
    }

    private static string Minimum(StructEmitter it, FieldSchema field)
    {
        if (!field.IsArray && FieldCode.FixedSize(field.Kind) is { } constant)
        {
            return $"{constant}";
        }

        if (!field.IsArray && field.Kind == FieldKind.Struct)
        {
            return field.Nullable.IsEmpty ? $"{it.Qualified(field.Struct!)}.MinimumSize(version)" : "1";
        }

        var plain = !field.IsArray && field.Kind == FieldKind.String ? 2 : 4;
        return !it.HasFlexibleVersions || field.Inflexible ? $"{plain}" : it.IsMixed ? $"flexible ? 1 : {plain}" : "1";
    }
}
