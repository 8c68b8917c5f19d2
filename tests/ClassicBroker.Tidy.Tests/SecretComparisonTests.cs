using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ClassicBroker.Tidy.Tests;

/// <summary>
/// CVE-2021-38153: how long a comparison takes must not tell how much of a secret was right. What proves who someone is goes through
/// <c>CryptographicOperations.FixedTimeEquals</c>.
/// </summary>
public sealed partial class SecretComparisonTests
{
    private static readonly string[] Comparers = ["SequenceEqual", "Equals", "SequenceCompareTo", "StartsWith", "IndexOf"];

    [Fact]
    public void Secrets_are_compared_in_constant_time()
    {
        var places = SourceFile.Product.Where(file => file.Path.Contains("/Sasl/", StringComparison.Ordinal)
            || file.Path.Contains("/Security/", StringComparison.Ordinal)
            || file.Path.StartsWith("src/ClassicBroker.ZooKeeper", StringComparison.Ordinal)).ToList();
        Assert.True(places.Count(file => file.Text.Contains("FixedTimeEquals", StringComparison.Ordinal)) >= 3);
        var calls =
            from file in places
            from call in file.Syntax.DescendantNodes().OfType<InvocationExpressionSyntax>()
            where call.Expression is MemberAccessExpressionSyntax access
                && Comparers.Contains(access.Name.Identifier.Text)
                && !access.Expression.ToString().Contains("CryptographicOperations", StringComparison.Ordinal)
                && (IsSecret(access.Expression.ToString())
                    || call.ArgumentList.Arguments.Any(argument => IsSecret(argument.Expression.ToString())))
            select $"{file.At(call)} {call}";
        var operators =
            from file in places
            from comparison in file.Syntax.DescendantNodes().OfType<BinaryExpressionSyntax>()
            where comparison.Kind() is SyntaxKind.EqualsExpression or SyntaxKind.NotEqualsExpression
                && IsSecret(comparison.Left.ToString())
                && IsSecret(comparison.Right.ToString())
            select $"{file.At(comparison)} {comparison}";
        Assert.Equal("", string.Join('\n', calls.Concat(operators)));
    }

    /// <summary>Whether an expression ends in the name of a secret; lengths and keys of a configuration do not.</summary>
    private static bool IsSecret(string expression) => SecretName().IsMatch(expression);

    [GeneratedRegex(@"(password|proof|hmac|storedKey|serverKey|clientKey|(?<!Server)signature|digest)(\.AsSpan\(\)|\.Span)?$", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();
}
