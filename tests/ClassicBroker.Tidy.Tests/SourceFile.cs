using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ClassicBroker.Tidy.Tests;

/// <summary>A file of C# of the checkout, as text and as syntax.</summary>
internal sealed class SourceFile
{
    private readonly Lazy<CompilationUnitSyntax> _syntax;

    private SourceFile(string path)
    {
        Path = System.IO.Path.GetRelativePath(RepositoryLayout.Root, path);
        Text = File.ReadAllText(path);
        Lines = Text.Split('\n');
        _syntax = new(() => CSharpSyntaxTree.ParseText(Text).GetCompilationUnitRoot());
    }

    public static IReadOnlyList<SourceFile> Product { get; } = Under("src");

    /// <summary>Tests and samples.</summary>
    public static IReadOnlyList<SourceFile> Tests { get; } = [.. Under("tests"), .. Under("samples")];

    /// <summary>Relative to the root of the checkout.</summary>
    public string Path { get; }

    public string Text { get; }

    public string[] Lines { get; }

    public CompilationUnitSyntax Syntax => _syntax.Value;

    /// <summary>The types the file declares outside of others.</summary>
    public IEnumerable<MemberDeclarationSyntax> TopLevelTypes =>
        Syntax.DescendantNodes(node => node is not BaseTypeDeclarationSyntax)
            .OfType<MemberDeclarationSyntax>()
            .Where(member => member is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax);

    public static string NameOf(MemberDeclarationSyntax type) =>
        type is DelegateDeclarationSyntax delegated ? delegated.Identifier.Text : ((BaseTypeDeclarationSyntax)type).Identifier.Text;

    /// <summary>Where a node stands, for a message.</summary>
    public string At(CSharpSyntaxNode node) => $"{Path}:{node.GetLocation().GetLineSpan().StartLinePosition.Line + 1}";

    private static SourceFile[] Under(string folder) =>
    [
        .. Directory.EnumerateFiles(System.IO.Path.Combine(RepositoryLayout.Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(path => new SourceFile(path)),
    ];
}
