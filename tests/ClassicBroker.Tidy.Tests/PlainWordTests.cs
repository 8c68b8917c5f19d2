using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp;

namespace ClassicBroker.Tidy.Tests;

/// <summary>Comments and documents are written in plain technical English.</summary>
public sealed partial class PlainWordTests
{
    [Fact]
    public void Comments_are_written_in_plain_words()
    {
        var ornate =
            from file in SourceFile.Product.Concat(SourceFile.Tests)
            from trivia in file.Syntax.DescendantTrivia()
            where trivia.Kind() is SyntaxKind.SingleLineCommentTrivia or SyntaxKind.MultiLineCommentTrivia
                or SyntaxKind.SingleLineDocumentationCommentTrivia or SyntaxKind.MultiLineDocumentationCommentTrivia
            from Match word in OrnateWord().Matches(trivia.ToFullString())
            select $"{file.Path}:{trivia.GetLocation().GetLineSpan().StartLinePosition.Line + 1} {word.Value}";
        Assert.Equal("", string.Join('\n', ornate));
    }

    [Fact]
    public void Documents_are_written_in_plain_words()
    {
        string[] folders = ["src", "tests", "docs", "samples"];
        var documents = Directory.GetFiles(RepositoryLayout.Root, "*.md")
            .Concat(folders.SelectMany(folder =>
                Directory.GetFiles(Path.Combine(RepositoryLayout.Root, folder), "*.md", SearchOption.AllDirectories)));
        var ornate =
            from document in documents
            from line in File.ReadAllLines(document).Index()
            from Match word in OrnateWord().Matches(line.Item)
            select $"{Path.GetRelativePath(RepositoryLayout.Root, document)}:{line.Index + 1} {word.Value}";
        Assert.Equal("", string.Join('\n', ornate));
    }

    [GeneratedRegex(
        @"\b(nobody|whoever|whosoever|whomever|anew|lest|ere|thereof|henceforth|sunk in|in vain|in peace)\b",
        RegexOptions.IgnoreCase)]
    private static partial Regex OrnateWord();
}
