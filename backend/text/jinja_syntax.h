#pragma once
#include "text/jinja_value.h"
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace slook::text::jinja {

struct Token {
    enum class Kind {
        Text,
        PrintBegin,
        PrintEnd,
        BlockBegin,
        BlockEnd,
        Name,
        String,
        Integer,
        Float,
        Operator,
        End
    };
    Kind kind = Kind::End;
    std::string text; ///< of a Text or String the content, of others the characters
    int line = 1;
};

/// Cuts a template into tokens, with Hugging Face's settings: trim_blocks and lstrip_blocks on, one
/// newline at the end dropped. Errors: TemplateError with the line.
[[nodiscard]] std::vector<Token> tokenize(std::string_view source);

/// An expression. What the fields mean depends on the kind.
struct Expression {
    enum class Kind {
        Literal, ///< value
        Name, ///< name
        ListOf, ///< children
        DictOf, ///< children: key, value, key, value
        Attribute, ///< children[0] . name
        Item, ///< children[0] [ children[1] ]
        Slice, ///< children[0] [ children[1] : children[2] : children[3] ], null where left out
        Call, ///< children[0] ( arguments )
        Filter, ///< children[0] | name ( arguments )
        Test, ///< children[0] is name ( arguments )
        Unary, ///< name: "-", "+", "not"
        Binary, ///< name: operator
        Comparison, ///< children[0] operators[0] children[1] operators[1] children[2] ...
        Conditional, ///< children[0] if children[1] else children[2], which may be null
    };
    Kind kind = Kind::Literal;
    Value value;
    std::string name;
    std::vector<std::string> operators;
    std::vector<std::unique_ptr<Expression>> children;
    std::vector<std::unique_ptr<Expression>> arguments;
    std::vector<std::pair<std::string, std::unique_ptr<Expression>>> named;
    int height = 1; ///< of the tree below, bounded by the parser
};
using ExpressionPtr = std::unique_ptr<Expression>;

struct Statement;
using Body = std::vector<Statement>;

/// `{% if %}` arms: one condition and one body each; a null condition is the else.
struct Arm {
    ExpressionPtr condition;
    Body body;
};

struct Statement {
    enum class Kind {
        Text, ///< text
        Print, ///< expression
        If, ///< arms
        For, ///< names in expression, if filter; arms[0] the loop, arms[1] its else
        Set, ///< names = expression; text: a member of a namespace
        SetBlock, ///< names[0] = what arms[0] writes
        Macro, ///< text: name, names and defaults, arms[0]
        Scope, ///< arms[0], as it stands ({% generation %})
        Break,
        Continue,
    };
    Kind kind = Kind::Text;
    std::string text;
    std::vector<std::string> names;
    ExpressionPtr expression;
    ExpressionPtr filter;
    std::vector<ExpressionPtr> defaults; ///< one for each name, null where there is none
    std::vector<Arm> arms;
};

/// Errors: TemplateError with the line; also where it is nested deeper than `depth`.
[[nodiscard]] Body parse(std::vector<Token> tokens, int depth);

} // namespace slook::text::jinja
