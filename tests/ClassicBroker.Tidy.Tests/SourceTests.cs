using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ClassicBroker.Tidy.Tests;

/// <summary>How the code is written, as far as a machine can tell.</summary>
public sealed partial class SourceTests
{
    private const int LineWidthMax = 140;
    private const int FileLinesMax = 500;
    private const int MethodLinesMax = 70;

    /// <summary>Types whose one state has one owner, and so one file.</summary>
    private static readonly string[] LongFiles =
    [
        "src/ClassicBroker.Storage/Log/PartitionLog.cs",
        "tests/ClassicBroker.Testing/Files/SimulatedFileSystem.cs",
    ];

    /// <summary>Endings that say nothing of a type's role.</summary>
    private static readonly string[] EmptySuffixes = ["Utils", "Util", "Helper", "Helpers", "Manager", "Common", "Misc", "Impl", "Info", "Data"];

    /// <summary>ZooKeeper's own words.</summary>
    private static readonly string[] BorrowedNames = ["ZnodeData", "ReplicaManager", "ReplicaFetcherManager", "LogManager"];

    [Fact]
    public void Keys_of_the_broker_are_read_through_typed_properties()
    {
        var lookUps =
            from file in SourceFile.Product
            where !file.Path.Contains("ClassicBroker.Server/Config/", StringComparison.Ordinal)
            from Match lookUp in KeyLookUp().Matches(file.Text)
            select $"{file.Path} {lookUp.Value}";
        Assert.Equal("", string.Join('\n', lookUps));
    }

    /// <summary>Two ids that are both numbers are passed in each other's place one day (decision 0004). What is logged is named there.</summary>
    [Fact]
    public void No_parameter_list_takes_two_ids_as_numbers()
    {
        var mixed =
            from file in SourceFile.Product
            where !file.Path.StartsWith("src/ClassicBroker.Protocol", StringComparison.Ordinal)
            from list in file.Syntax.DescendantNodes().OfType<ParameterListSyntax>()
            where list.Parent is not MethodDeclarationSyntax { AttributeLists: [{ Attributes: [{ Name: var attribute }] }] }
                || attribute.ToString() != "LoggerMessage"
            let ids = list.Parameters.Where(IsIdAsNumber).Select(parameter => parameter.Identifier.Text).ToArray()
            where ids.Length > 1
            select $"{file.At(list)} {string.Join(", ", ids)}";
        Assert.Equal("", string.Join('\n', mixed));
    }

    [Fact]
    public void A_file_holds_the_one_type_it_is_named_for()
    {
        Empty(
            from file in SourceFile.Product
            let names = file.TopLevelTypes.Select(SourceFile.NameOf).ToArray()
            where names.Length > 1 || (names.Length == 1 && Path.GetFileNameWithoutExtension(file.Path).Split('{', '.')[0] != names[0])
            select $"{file.Path} holds {string.Join(", ", names)}");
    }

    [Fact]
    public void Every_type_says_what_it_is()
    {
        Empty(
            from file in SourceFile.Product
            from type in file.TopLevelTypes
            where !type.GetLeadingTrivia().ToFullString().Contains("<summary>", StringComparison.Ordinal)
                && !type.GetLeadingTrivia().ToFullString().Contains("<content>", StringComparison.Ordinal)
            select $"{file.At(type)} {SourceFile.NameOf(type)}");
    }

    [Fact]
    public void Names_say_what_a_type_does()
    {
        Empty(
            from file in SourceFile.Product
            from type in file.TopLevelTypes
            from suffix in EmptySuffixes
            where SourceFile.NameOf(type).EndsWith(suffix, StringComparison.Ordinal) && !BorrowedNames.Contains(SourceFile.NameOf(type))
            select $"{file.At(type)} {SourceFile.NameOf(type)}");
    }

    [Fact]
    public void Files_lines_and_methods_fit_the_eye()
    {
        var files =
            from file in SourceFile.Product.Concat(SourceFile.Tests)
            where file.Lines.Length > FileLinesMax + 10 && !LongFiles.Contains(file.Path)
            select $"{file.Path} has {file.Lines.Length} lines";
        var lines =
            from file in SourceFile.Product
            from line in file.Lines.Index()
            where line.Item.Length > LineWidthMax && !Text().IsMatch(line.Item)
            select $"{file.Path}:{line.Index + 1} is {line.Item.Length} wide";
        var methods =
            from file in SourceFile.Product
            from method in file.Syntax.DescendantNodes().OfType<BaseMethodDeclarationSyntax>()
            let span = method.GetLocation().GetLineSpan()
            where method.ExpressionBody?.Expression is not SwitchExpressionSyntax
                && span.EndLinePosition.Line - span.StartLinePosition.Line > MethodLinesMax
            select $"{file.At(method)} has {span.EndLinePosition.Line - span.StartLinePosition.Line} lines";
        Empty(files.Concat(lines).Concat(methods));
    }

    [Fact]
    public void Nothing_is_left_for_later_or_left_lying_about()
    {
        Empty(
            from file in SourceFile.Product.Concat(SourceFile.Tests)
            where !file.Path.Contains("Tidy", StringComparison.Ordinal)
            from trivia in file.Syntax.DescendantTrivia()
            where trivia.IsKind(SyntaxKind.RegionDirectiveTrivia)
                || (trivia.IsKind(SyntaxKind.SingleLineCommentTrivia) && (LaterWord().IsMatch(trivia.ToString()) || IsCode(trivia.ToString())))
            select $"{file.Path}:{trivia.GetLocation().GetLineSpan().StartLinePosition.Line + 1} {trivia}");
    }

    [Fact]
    public void Exceptions_are_caught_for_a_reason()
    {
        Empty(
            from file in SourceFile.Product
            from caught in file.Syntax.DescendantNodes().OfType<CatchClauseSyntax>()
            let type = caught.Declaration?.Type.ToString()
            where caught.Filter is null && (type is null or "Exception" or "System.Exception") && !Rethrows(caught)
            select file.At(caught));
    }

    [Fact]
    public void Blocks_of_native_memory_are_handled_in_few_places()
    {
        string[] allowed = ["Primitives", "Platform", "Transport", "Records"];
        Empty(
            from file in SourceFile.Product
            where !allowed.Any(project => file.Path.StartsWith($"src/ClassicBroker.{project}/", StringComparison.Ordinal))
            from token in file.Syntax.DescendantTokens()
            where token.IsKind(SyntaxKind.UnsafeKeyword)
            select $"{file.Path}:{token.GetLocation().GetLineSpan().StartLinePosition.Line + 1}");
    }

    private static void Empty(IEnumerable<string> faults)
    {
        var found = faults.ToList();
        Assert.True(found.Count == 0, string.Join("\n", found));
    }

    private static bool Rethrows(CatchClauseSyntax caught) =>
        caught.Block.DescendantNodes().OfType<ThrowStatementSyntax>().Any(thrown => thrown.Expression is null);

    /// <summary>A comment that would compile: a statement somebody switched off.</summary>
    private static bool IsCode(string comment) => Statement().IsMatch(comment.TrimStart('/', ' '));

    /// <summary>A literal long enough to be a sentence, which stays on one line where it is looked for as a whole.</summary>
    private static bool IsIdAsNumber(ParameterSyntax parameter) =>
        parameter is { Type: PredefinedTypeSyntax { Keyword.Text: "int" }, Modifiers.Count: 0 } && Id().IsMatch(parameter.Identifier.Text);

    [GeneratedRegex("([lL]eader|[bB]roker|[cC]ontroller|[fF]ollower|[rR]eplica)(Id)?$|[eE]poch$")]
    private static partial Regex Id();

    [GeneratedRegex("\"[^\"]{60,}\"")]
    private static partial Regex Text();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b")]
    private static partial Regex LaterWord();

    [GeneratedRegex("""\b([cC]onfig|Current|changed)\.Values\.\w+\("[a-z.]+"\)""")]
    private static partial Regex KeyLookUp();

    [GeneratedRegex(@"^(var |return\b.*;$|if \(.*\)$|for(each)? \(.*\)$|[\w.]+\(.*\);$|[\w.]+ \+?= .*;$)")]
    private static partial Regex Statement();
}
