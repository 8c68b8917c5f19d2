namespace ClassicBroker.Protocol.Generator;

/// <summary>
/// Emits how a request is answered where all that can be said is an error: every untagged field of type <c>error</c> gets it, and lists
/// marked <c>from</c> get an element for each element of the request, with the fields that both have in common.
/// </summary>
internal sealed class ErrorEmitter(CodeWriter code, MessageSchema request, MessageSchema response)
{
    private int _lists;

    public static void Emit(CodeWriter code, MessageSchema request, MessageSchema response) =>
        new ErrorEmitter(code, request, response).Emit();

    private void Emit()
    {
        code.Line("/// <inheritdoc/>");
        code.Open($"public {response.Name} ErrorResponse(ErrorCode error, short version)");
        code.Line($"var answer = new {response.Name}();");
        Fill("answer", response.Body, null, "this", request.Body, null);
        code.Line("return answer;");
        code.Close();
        code.Blank();
    }

    /// <param name="to">The variable to fill.</param>
    /// <param name="target">Its structure.</param>
    /// <param name="field">The field of lists it is an element of.</param>
    /// <param name="from">The variable of the request it is made from.</param>
    /// <param name="source">That one's structure; null for a name or a number.</param>
    /// <param name="item">The field whose element that is.</param>
    private void Fill(string to, StructSchema target, FieldSchema? field, string from, StructSchema? source, FieldSchema? item)
    {
        foreach (var candidate in target.Fields)
        {
            var condition = candidate.Versions.Condition(field is null ? response.Versions : target.Versions);
            if (candidate is { Kind: FieldKind.Error, IsArray: false, Tag: null })
            {
                Under(condition, () => code.Line($"{to}.{candidate.Name} = error;"));
            }
            else if (candidate.FailedValue is { } value)
            {
                Under(condition, () => code.Line($"{to}.{candidate.Name} = {value};"));
            }
            else if (candidate is { Name: "ErrorMessage", Nullable.IsEmpty: false })
            {
                code.Line($"{to}.{candidate.Name} = null;");
            }
            else if (candidate is { IsArray: true, Struct: not null })
            {
                FillList(to, candidate, from, source);
            }
            else if (!candidate.IsArray && candidate.Struct is null)
            {
                Copy(to, candidate, from, source, item);
            }
        }
    }

    private void FillList(string to, FieldSchema target, string from, StructSchema? source)
    {
        foreach (var origin in target.ErrorSources)
        {
            Under(origin.Versions.Condition(response.Versions), () => FillListFrom(to, target, from, source!, origin.Path));
        }
    }

    private void FillListFrom(string to, FieldSchema target, string from, StructSchema source, string path)
    {
        var number = ++_lists;
        var list = $"list{number}";
        var element = $"{response.Name}.{target.Struct!.Name}";
        code.Line($"var {list} = new System.Collections.Generic.List<{element}>();");
        var opened = 0;
        FieldSchema item = null!;
        var (owner, structure) = (from, (StructSchema?)source);
        foreach (var name in path.Split('.'))
        {
            item = structure!.Fields.Single(candidate => candidate.Name == name);
            var variable = $"from{number}_{++opened}";
            code.Open($"foreach (var {variable} in {owner}.{name}{(item.Nullable.IsEmpty ? "" : " ?? []")})");
            (owner, structure) = (variable, item.Struct);
        }

        var made = $"to{number}";
        code.Line($"var {made} = new {element}();");
        Fill(made, target.Struct, target, owner, structure, item);
        code.Line($"{list}.Add({made});");
        for (; opened > 0; opened--)
        {
            code.Close();
        }

        code.Line($"{to}.{target.Name} = {list}.ToArray();");
    }

    private void Copy(string to, FieldSchema target, string from, StructSchema? source, FieldSchema? item)
    {
        if (source is null)
        {
            if (target.ErrorSources.Any(origin => origin.Path == ErrorSource.Item))
            {
                code.Line($"{to}.{target.Name} = {from}{Fallback(target, item!.Nullable)};");
            }

            return;
        }

        var name = target.ErrorSources.FirstOrDefault(origin => origin.Path != ErrorSource.Item)?.Path ?? target.Name;
        var match = source.Fields.FirstOrDefault(
            candidate => candidate.Name == name && candidate.Kind == target.Kind && !candidate.IsArray);
        if (match is not null && from != "this")
        {
            code.Line($"{to}.{target.Name} = {from}.{match.Name}{Fallback(target, match.Nullable)};");
        }
    }

    /// <summary>A name that the request may leave out and the answer may not is empty there.</summary>
    private static string Fallback(FieldSchema target, VersionRange nullable) =>
        target.Kind == FieldKind.String && target.Nullable.IsEmpty && !nullable.IsEmpty ? " ?? \"\"" : "";

    private void Under(string? condition, Action emit)
    {
        code.OpenIf(condition);
        emit();
        code.CloseIf(condition);
    }
}
