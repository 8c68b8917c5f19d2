using System.Text;

namespace ClassicBroker.Protocol.Generator;

/// <summary>Collects lines of C# with their indentation; a blank line follows each block but the last in another.</summary>
internal sealed class CodeWriter
{
    private readonly StringBuilder _text = new();
    private int _depth;
    private bool _afterBlock;

    public void Line(string line)
    {
        if (_afterBlock && line[0] != '}' && line != "else")
        {
            Blank();
        }

        _afterBlock = false;
        _text.Append(' ', 4 * _depth).Append(line).Append('\n');
    }

    public void Blank()
    {
        _afterBlock = false;
        _text.Append('\n');
    }

    /// <summary>A line such as a method head, and the brace below it.</summary>
    public void Open(string line)
    {
        Line(line);
        Line("{");
        _depth++;
    }

    public void Close()
    {
        _depth--;
        Line("}");
        _afterBlock = true;
    }

    /// <summary>Opens a block under a condition; none opens where the condition is null, for "always".</summary>
    public void OpenIf(string? condition)
    {
        if (condition is not null)
        {
            Open($"if ({condition})");
        }
    }

    public void CloseIf(string? condition)
    {
        if (condition is not null)
        {
            Close();
        }
    }

    public override string ToString() => _text.ToString();
}
