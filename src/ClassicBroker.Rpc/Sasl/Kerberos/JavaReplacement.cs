using System.Text;

namespace ClassicBroker.Rpc.Sasl;

/// <summary>Replacements as Java's regular expressions have them. Stateless.</summary>
public static class JavaReplacement
{
    /// <summary>Java's <c>$1</c> as <c>${1}</c>, which no digit behind it can change; any other <c>$</c> stands for itself.</summary>
    public static string Translate(string replacement, int groups)
    {
        var translated = new StringBuilder(replacement.Length + 8);
        for (var i = 0; i < replacement.Length; i++)
        {
            var next = i + 1 < replacement.Length ? replacement[i + 1] : '\0';
            if (replacement[i] == '\\' && next != '\0')
            {
                translated.Append(next == '$' ? "$$" : next.ToString());
                i++;
            }
            else if (replacement[i] == '$' && char.IsAsciiDigit(next))
            {
                var group = next - '0';
                for (i++; i + 1 < replacement.Length
                    && char.IsAsciiDigit(replacement[i + 1])
                    && (group * 10) + replacement[i + 1] - '0' <= groups; i++)
                {
                    group = (group * 10) + replacement[i + 1] - '0';
                }

                translated.Append(group <= groups ? $"${{{group}}}" : $"$${group}");
            }
            else
            {
                translated.Append(replacement[i] == '$' ? "$$" : replacement[i].ToString());
            }
        }

        return translated.ToString();
    }
}
