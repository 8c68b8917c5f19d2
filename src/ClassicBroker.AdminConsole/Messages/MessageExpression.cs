using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ClassicBroker.AdminConsole.Http;
using ClassicBroker.Records;

namespace ClassicBroker.AdminConsole.Messages;

/// <summary>
/// Conditions on records, all of which must be met: <c>value.order.total &gt; 100 &amp;&amp; header.source == "web" &amp;&amp; key
/// contains "eu-"</c>.
/// <code>
/// expression   condition *( "&amp;&amp;" condition )
/// condition    path operator literal
/// path         ( "key" | "value" ) *( "." name ) | "header." name | "offset" | "timestamp"
/// operator     "==" | "!=" | "&gt;" | "&gt;=" | "&lt;" | "&lt;=" | "contains"
/// literal      a number, true, false, null, or a text in double quotes
/// </code>
/// A path with names looks into JSON. Nothing is run: an expression is data. Immutable.
/// </summary>
internal sealed partial class MessageExpression
{
    private const int ConditionsMax = 20;

    private readonly List<Condition> _conditions = [];

    /// <exception cref="ApiException">It is malformed.</exception>
    public static MessageExpression Parse(string text)
    {
        var expression = new MessageExpression();
        var position = 0;
        while (expression._conditions.Count < ConditionsMax)
        {
            var match = ConditionPattern().Match(text, position);
            if (!match.Success || match.Index != position)
            {
                throw ApiException.BadRequest(
                    $"The expression is not understood from \"{text[position..]}\" on. "
                    + "An example: value.total > 100 && header.source == \"web\"");
            }

            expression._conditions.Add(new(
                match.Groups["root"].Value,
                match.Groups["names"].Value.Split('.', StringSplitOptions.RemoveEmptyEntries),
                match.Groups["operator"].Value,
                Literal(match.Groups["literal"].Value)));
            position += match.Length;
            if (position == text.Length)
            {
                return expression;
            }
        }

        throw ApiException.BadRequest($"The expression has more than {ConditionsMax} conditions.");
    }

    public bool IsTrueOf(in Record record)
    {
        foreach (var condition in _conditions)
        {
            if (!condition.IsMet(record))
            {
                return false;
            }
        }

        return true;
    }

    private static object? Literal(string text) => text switch
    {
        "true" => true,
        "false" => false,
        "null" => null,
        ['"', ..] => Unquoted(text),
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };

    private static string Unquoted(string text)
    {
        var plain = new StringBuilder(text.Length);
        for (var i = 1; i < text.Length - 1; i++)
        {
            plain.Append(text[i] == '\\' ? text[++i] : text[i]);
        }

        return plain.ToString();
    }

    [GeneratedRegex(
        """\s*(?<root>key|value|header|offset|timestamp)(?<names>(\.[^\s=!<>"]+)*)\s*(?<operator>==|!=|>=|<=|>|<|contains\b)\s*(?<literal>"([^"\\]|\\.)*"|-?\d+(\.\d+)?|true|false|null)\s*(&&|$)""",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 100)]
    private static partial Regex ConditionPattern();

    /// <summary>One of the conditions.</summary>
    private sealed record Condition(string Root, string[] Names, string Operator, object? Literal)
    {
        public bool IsMet(in Record record) => Root switch
        {
            "offset" => Compares(record.Offset),
            "timestamp" => Compares(record.Timestamp),
            "key" => IsMetBy(record.Key),
            "value" => IsMetBy(record.Value),
            _ => IsMetBy(Header(record)),
        };

        private NullableBytes Header(in Record record)
        {
            var name = string.Join('.', Names);
            foreach (var header in record.Headers)
            {
                if (Encoding.UTF8.GetString(header.KeyUtf8) == name)
                {
                    return header.Value;
                }
            }

            return NullableBytes.Null;
        }

        private bool IsMetBy(NullableBytes bytes)
        {
            if (bytes.IsNull)
            {
                return Compares(null);
            }

            if (Root == "header" || Names.Length == 0)
            {
                var text = Encoding.UTF8.GetString(bytes.Span);
                return Literal is double && double.TryParse(text, CultureInfo.InvariantCulture, out var number) ? Compares(number)
                    : Compares(text);
            }

            try
            {
                var reader = new Utf8JsonReader(bytes.Span);
                using var document = JsonDocument.ParseValue(ref reader);
                return Inside(document.RootElement) is { } found ? Compares(ValueOf(found)) : Operator == "!=";
            }
            catch (JsonException)
            {
                return false;
            }
        }

        private JsonElement? Inside(JsonElement element)
        {
            foreach (var name in Names)
            {
                if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member))
                {
                    element = member;
                }
                else if (element.ValueKind == JsonValueKind.Array && int.TryParse(name, out var index) && index >= 0
                    && index < element.GetArrayLength())
                {
                    element = element[index];
                }
                else
                {
                    return null;
                }
            }

            return element;
        }

        private static object? ValueOf(JsonElement element) => element.ValueKind switch
        {
            JsonValueKind.Number => element.GetDouble(),
            JsonValueKind.String => element.GetString(),
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Null => null,
            _ => element.GetRawText(),
        };

        private bool Compares(object? actual)
        {
            if (actual is long whole)
            {
                actual = (double)whole;
            }

            return Operator switch
            {
                "==" => Equals(actual, Literal),
                "!=" => !Equals(actual, Literal),
                "contains" => actual is string text && Literal is string part && text.Contains(part, StringComparison.Ordinal),
                _ => Order(actual) is { } order
                    && Operator switch { ">" => order > 0, ">=" => order >= 0, "<" => order < 0, _ => order <= 0 },
            };
        }

        private int? Order(object? actual) => (actual, Literal) switch
        {
            (double left, double right) => left.CompareTo(right),
            (string left, string right) => string.CompareOrdinal(left, right),
            _ => null,
        };
    }
}
